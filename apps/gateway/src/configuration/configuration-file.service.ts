import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { Problem } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import { parseYaml } from '../admin/parse-yaml.js';
import { CONFIG, type Config } from '../config.js';
import { ConfigKinds, memberOf } from './config-kinds.service.js';
import type { StoredConfiguration } from './config-row.js';
import { applyDocument } from './configuration-document.js';
import { ConfigurationDraft } from './configuration-draft.js';
import { type ConfigurationSource, InvalidConfigurationError } from './configuration-source.js';

/** The configuration out of one file, YAML or JSON, which is the only place to change it. */
@Injectable()
export class ConfigurationFile implements ConfigurationSource {
  readonly readOnly: string;
  private readonly path: string;
  private seen = '';
  private text = '';
  private textVersion = '';
  private last: StoredConfiguration = { version: '', rows: [] };

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly kinds: ConfigKinds,
  ) {
    this.path = config.configFile ?? '';
    this.readOnly = `The configuration is a file of the gateway (GATEHOUSE_GATEWAY_CONFIG_FILE): change it there.`;
  }

  /** The hash of what it holds; it is read again only when the file is another one. */
  async version(): Promise<string> {
    const { mtimeMs, ctimeMs, size, ino } = await stat(this.path);
    const seen = `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
    if (seen !== this.seen) {
      this.text = await readFile(this.path, 'utf8');
      this.textVersion = createHash('sha256').update(this.text).digest('base64url').slice(0, 22);
      this.seen = seen;
    }
    return this.textVersion;
  }

  async read(): Promise<StoredConfiguration> {
    const version = await this.version();
    if (this.last.version === version) return this.last;
    // Drafted from the last one, so that an object that did not change stays the same.
    const draft = new ConfigurationDraft(this.last, this.kinds, idOf);
    try {
      const empty = Object.fromEntries(this.kinds.all().map(([plural]) => [memberOf(plural), []]));
      const document = parseYaml(this.text);
      const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
      applyDocument(draft, this.kinds, isObject ? { ...empty, ...document } : document);
      draft.demandWellFormed();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { errors, detail } = error;
      throw new InvalidConfigurationError(
        errors.length > 0 ? errors.map((one) => `${one.pointer} ${one.detail}`) : [detail],
      );
    }
    return (this.last = { version, rows: draft.result().rows });
  }
}

/** The same in every replica: counters are kept by it. A UUID of version 8 (RFC 9562 §5.8). */
function idOf(kind: string, name: string): string {
  const hex = createHash('sha256').update(`${kind}/${name}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
