import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { TlsDefinition } from '../transport-definition.js';
import { WeakCache } from '../weak-cache.js';
import type { ClientTls } from './client-tls.js';

const LOOK_MS = 1_000;

/** Certificates, keys and authorities of upstreams, from their files, and again when a file has changed. */
@Injectable()
export class TlsFiles implements OnApplicationShutdown {
  private readonly known = new WeakCache<FileTls>();
  private timer: NodeJS.Timeout | undefined;

  /** @param host for whom the certificate has to be, where the settings say nothing */
  of(definition: TlsDefinition, host: string): ClientTls {
    const { ca_file, cert_file, key_file } = definition;
    if (ca_file ?? cert_file ?? key_file) {
      this.timer ??= setInterval(() => this.look(), LOOK_MS).unref();
    }
    const files = this.known.of(JSON.stringify(definition), () => new FileTls(definition));
    return new NamedTls(files, definition.server_name ?? host.replace(/^\[|\]$/g, ''));
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    for (const one of this.known) one.refresh();
  }
}

/** The same files, for one server. */
class NamedTls implements ClientTls {
  constructor(
    private readonly files: FileTls,
    readonly serverName: string,
  ) {}

  get verify(): boolean {
    return this.files.verify;
  }

  get version(): number {
    return this.files.version;
  }

  get context(): SecureContext {
    return this.files.context;
  }
}

class FileTls {
  version = 0;
  readonly verify: boolean;
  private readonly logger = new Logger(TlsFiles.name);
  private current: SecureContext | undefined;
  private read = '';
  private fault = '';

  constructor(private readonly definition: TlsDefinition) {
    this.verify = definition.verify;
    this.refresh();
  }

  /** @throws Error while there are no files that can be used */
  get context(): SecureContext {
    if (this.current) return this.current;
    throw Object.assign(new Error(this.fault), { code: 'ERR_TLS_FILES' });
  }

  /** Keeps what it has while the files cannot be used: one may be written before the other. */
  refresh(): void {
    const { ca_file: ca, cert_file: cert, key_file: key } = this.definition;
    try {
      const files = [ca, cert, key].map((path) =>
        path === undefined ? undefined : readFileSync(path, 'utf8'),
      );
      const read = JSON.stringify(files);
      if (read === this.read) return;
      this.current = createSecureContext({
        minVersion: 'TLSv1.2',
        ...(files[0] === undefined ? {} : { ca: files[0] }),
        ...(files[1] === undefined ? {} : { cert: files[1], key: files[2] }),
      });
      if (this.read !== '')
        this.logger.log(`The certificates ${[ca, cert].filter(Boolean).join(', ')} are new`);
      this.read = read;
      this.version++;
      this.fault = '';
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.fault) this.logger.error(`TLS of an upstream: ${message}`);
      this.fault = message;
    }
  }
}
