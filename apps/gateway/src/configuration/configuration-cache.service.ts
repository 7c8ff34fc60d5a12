import { existsSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import type { StoredConfiguration } from './config-row.js';

const cached = z.object({
  saved_at: z.iso.datetime(),
  version: z.string(),
  rows: z.array(
    z.object({
      id: z.uuid(),
      kind: z.string(),
      name: z.string(),
      definition: z.unknown(),
      createdAt: z.coerce.date(),
      updatedAt: z.coerce.date(),
    }),
  ),
});

/** The last configuration that was in force, in a file: for a start while PostgreSQL is away. */
@Injectable()
export class ConfigurationCache {
  private readonly logger = new Logger(ConfigurationCache.name);
  private readonly path: string | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(@Inject(CONFIG) config: Config) {
    this.path = config.configFile ? undefined : config.configCache;
  }

  /** Keeps it, off the way of whoever waits for it to be in force. */
  keep(stored: StoredConfiguration): void {
    const { path } = this;
    if (path === undefined) return;
    this.writing = this.writing.then(() =>
      write(path, JSON.stringify({ saved_at: new Date().toISOString(), ...stored })).catch((error: Error) => {
        this.logger.error(`GATEHOUSE_GATEWAY_CONFIG_CACHE: ${path} cannot be written: ${error.message}`);
      }),
    );
  }

  /** Done when what was given to `keep` is in the file. */
  settled(): Promise<void> {
    return this.writing;
  }

  /** @returns undefined where there is none that can be used */
  async read(): Promise<(StoredConfiguration & { readonly savedAt: string }) | undefined> {
    if (this.path === undefined || !existsSync(this.path)) return undefined;
    try {
      const {
        saved_at: savedAt,
        version,
        rows,
      } = cached.parse(JSON.parse(await readFile(this.path, 'utf8')));
      return { savedAt, version, rows: rows.map((row) => ({ ...row, definition: row.definition })) };
    } catch (error) {
      this.logger.error(
        `GATEHOUSE_GATEWAY_CONFIG_CACHE: ${this.path} cannot be used: ${(error as Error).message}`,
      );
      return undefined;
    }
  }
}

/** Another file first: who reads it never finds half of one, not even after a power cut. */
async function write(path: string, text: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    // A file of that name may have been there with other permissions.
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
