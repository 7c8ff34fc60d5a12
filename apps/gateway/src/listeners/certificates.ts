import { X509Certificate } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Logger } from '@nestjs/common';

/** A certificate and its key, ready to serve. */
interface Loaded {
  readonly names: readonly string[];
  readonly context: SecureContext;
}

/** Names to certificates: exact ones, wildcards by what follows the `*`, and the one for everybody else. */
interface Certificates {
  /** For who names no server. */
  readonly fallback: Pair;
  readonly exact: ReadonlyMap<string, SecureContext>;
  readonly wildcards: ReadonlyMap<string, SecureContext>;
}

/** A file is written in several steps: what changed is read when it has been quiet for this long. */
const QUIET_MS = 200;
/** Watching does not see every change, of mounted volumes above all. */
const REREAD_MS = 60_000;

/**
 * The certificates in a folder: each `NAME.crt` (the chain, in PEM) with its `NAME.key`, also in folders one below, as
 * Kubernetes mounts secrets. They are chosen by the names in them (SNI); the first in alphabetical order, or
 * `default.crt`, serves who names none. They are read again when a file changes; a faulty set leaves the last good one.
 */
export class CertificateFolder {
  private readonly logger = new Logger('Certificates');
  private current: Certificates | undefined;
  private seen = '';
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private quiet: NodeJS.Timeout | undefined;
  private changed: (fallback: Pair) => void = () => undefined;

  constructor(
    private readonly folder: string,
    private readonly minVersion: 'TLSv1.2' | 'TLSv1.3',
  ) {}

  /**
   * @param changed gets the pair for who names no server, whenever the certificates have changed
   * @throws Error that names the faulty file
   */
  async open(changed: (fallback: Pair) => void): Promise<void> {
    await this.read();
    this.changed = changed;
    this.watcher = watch(this.folder, { persistent: false, recursive: true }, () => {
      clearTimeout(this.quiet);
      this.quiet = setTimeout(() => void this.reread(), QUIET_MS).unref();
    });
    this.watcher.on('error', (error) => this.logger.warn(`The folder is not watched: ${error.message}`));
    this.timer = setInterval(() => void this.reread(), REREAD_MS).unref();
  }

  close(): void {
    this.watcher?.close();
    clearInterval(this.timer);
    clearTimeout(this.quiet);
  }

  /** The one for who names no server. */
  get fallback(): Pair {
    return this.current!.fallback;
  }

  /** @param servername as the client says it @returns undefined: the one for who names none */
  choose(servername: string): SecureContext | undefined {
    const { exact, wildcards } = this.current!;
    const name = servername.toLowerCase();
    return exact.get(name) ?? wildcards.get(name.slice(name.indexOf('.')));
  }

  private async reread(): Promise<void> {
    try {
      if (await this.read()) this.logger.log('The certificates were read anew');
    } catch (error) {
      this.logger.error(`The certificates stay as they are: ${(error as Error).message}`);
    }
  }

  /** @returns whether they are others than before */
  private async read(): Promise<boolean> {
    const pairs = await readPairs(this.folder);
    if (pairs.length === 0) throw new Error(`${this.folder}: has no NAME.crt with a NAME.key`);
    const seen = JSON.stringify(pairs);
    if (seen === this.seen) return false;
    const loaded = pairs.map((pair) => this.load(pair));
    this.current = { ...byName(loaded), fallback: pairs[0]! };
    this.seen = seen;
    this.changed(pairs[0]!);
    return true;
  }

  private load({ file, cert, key }: Pair): Loaded {
    try {
      const certificate = new X509Certificate(cert);
      const context = createSecureContext({ cert, key, minVersion: this.minVersion });
      return { names: namesOf(certificate), context };
    } catch (error) {
      throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
    }
  }
}

/** A certificate chain and its key, in PEM. */
export interface Pair {
  readonly file: string;
  readonly cert: string;
  readonly key: string;
}

async function readPairs(folder: string): Promise<Pair[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => !entry.name.startsWith('.') && !entry.name.includes('.crt'));
  const nested = await Promise.all(folders.map(({ name }) => filesOf(join(folder, name))));
  const files = [...entries.map(({ name }) => join(folder, name)), ...nested.flat()];
  const certificates = files.filter((file) => file.endsWith('.crt') && files.includes(keyOf(file)));
  return Promise.all(
    certificates.sort(defaultFirst).map(async (file) => ({
      file,
      cert: await readFile(file, 'utf8'),
      key: await readFile(keyOf(file), 'utf8'),
    })),
  );
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name));
}

function keyOf(certificate: string): string {
  return `${certificate.slice(0, -'.crt'.length)}.key`;
}

function defaultFirst(one: string, other: string): number {
  const rank = (file: string) => (file.endsWith('/default.crt') ? 0 : 1);
  return rank(one) - rank(other) || one.localeCompare(other);
}

/** RFC 9525 §2: the names are those of the extension; the common name is none. */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  return subjectAltName
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice('DNS:'.length).toLowerCase());
}

function byName(loaded: readonly Loaded[]): Omit<Certificates, 'fallback'> {
  const exact = new Map<string, SecureContext>();
  const wildcards = new Map<string, SecureContext>();
  for (const { names, context } of loaded) {
    for (const name of names) {
      const [map, key] = name.startsWith('*.') ? [wildcards, name.slice(1)] : [exact, name];
      if (!map.has(key)) map.set(key, context);
    }
  }
  return { exact, wildcards };
}
