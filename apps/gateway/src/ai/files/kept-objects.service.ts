import { Problem } from '@gatehouse/http';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { JsonObject } from '../../wire/json.js';
import type { Kind } from './file-operation.js';

/** Whose things are meant, and where. */
export interface Shelf {
  readonly provider: string;
  readonly owner: string;
  readonly kind: Kind;
}

export interface Kept {
  readonly id: string;
  /** The provider's key by whose account it is there; undefined: it needs none. */
  readonly key: string | undefined;
  /** As the provider said it last. */
  readonly object: JsonObject;
}

export interface Page {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly after?: string;
  readonly purpose?: string;
}

/**
 * Who has which files and batches at providers, in PostgreSQL: they outlive a restart, and callers of models never wait for
 * it. What is not recorded is nobody's.
 */
@Injectable()
export class KeptObjects {
  private readonly logger = new Logger('AI');

  constructor(@InjectDataSource() private readonly database: DataSource) {}

  async find({ provider, owner, kind }: Shelf, id: string): Promise<Kept | undefined> {
    const rows = await this.query<Kept>(
      'SELECT id, key, object FROM gateway.ai_objects WHERE provider = $1 AND id = $2 AND owner = $3 AND kind = $4',
      [provider, id, owner, kind],
    );
    return rows[0];
  }

  /** Which of these files somebody has, at one of these providers. */
  async filesOf(
    owner: string,
    providers: readonly string[],
    ids: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const rows = await this.query<{ id: string }>(
      `SELECT id FROM gateway.ai_objects
       WHERE owner = $1 AND kind = 'file' AND provider = ANY ($2) AND id = ANY ($3)`,
      [owner, providers, ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async count({ provider, owner, kind }: Shelf): Promise<number> {
    const rows = await this.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM gateway.ai_objects WHERE owner = $1 AND provider = $2 AND kind = $3',
      [owner, provider, kind],
    );
    return rows[0]!.count;
  }

  /** One more than the page has, where there is more. */
  async list(
    { provider, owner, kind }: Shelf,
    { limit, order, after, purpose }: Page,
  ): Promise<JsonObject[]> {
    const [beyond, direction] = order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
    const rows = await this.query<{ object: JsonObject }>(
      `SELECT object FROM gateway.ai_objects
       WHERE owner = $1 AND provider = $2 AND kind = $3 AND ($4::text IS NULL OR object->>'purpose' = $4)
         AND ($5::text IS NULL OR number ${beyond} (
           SELECT number FROM gateway.ai_objects WHERE owner = $1 AND provider = $2 AND id = $5))
       ORDER BY number ${direction} LIMIT $6`,
      [owner, provider, kind, purpose ?? null, after ?? null, limit + 1],
    );
    return rows.map(({ object }) => object);
  }

  /** What has an owner already keeps it. */
  async keep({ provider, owner, kind }: Shelf, { id, key, object }: Kept): Promise<void> {
    await this.query(
      `INSERT INTO gateway.ai_objects (provider, id, kind, owner, key, object) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (provider, id) DO UPDATE SET object = excluded.object
         WHERE ai_objects.owner = excluded.owner AND ai_objects.kind = excluded.kind`,
      [provider, id, kind, owner, key ?? null, JSON.stringify(object)],
    );
  }

  async forget({ provider, owner }: Shelf, id: string): Promise<void> {
    await this.query('DELETE FROM gateway.ai_objects WHERE provider = $1 AND id = $2 AND owner = $3', [
      provider,
      id,
      owner,
    ]);
  }

  /** @throws Problem 503 where the database is away: nobody knows whose it is */
  private async query<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    try {
      return await this.database.query<Row[]>(text, [...values]);
    } catch (error) {
      this.logger.error(error);
      throw new Problem(503, 'Whose files there are cannot be told at the moment. Try again shortly.', {
        headers: { 'retry-after': '1' },
      });
    }
  }
}
