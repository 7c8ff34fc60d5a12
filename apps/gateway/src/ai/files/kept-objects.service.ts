import { Problem } from '@gatehouse/http';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { Caller } from '../../guards/route-guard.js';
import type { JsonObject } from '../../wire/json.js';
import { ENDED } from './batch-usage.js';
import type { Kind } from './file-operation.js';

/** Of a caller what accounts know: no token and no claims. */
function makerOf({ issuer, subject, clientId, consumer, credential, team }: Caller): Caller {
  const known = Object.entries({ issuer, subject, clientId, consumer, credential, team });
  return Object.fromEntries(known.filter(([, value]) => value !== undefined));
}

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

  /** What has an owner already keeps it. @param maker for whom it is counted, where it is new and costs something */
  async keep({ provider, owner, kind }: Shelf, { id, key, object }: Kept, maker?: Caller): Promise<void> {
    const madeBy = maker && JSON.stringify(makerOf(maker));
    await this.query(
      `INSERT INTO gateway.ai_objects (provider, id, kind, owner, key, object, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (provider, id) DO UPDATE SET object = excluded.object
         WHERE ai_objects.owner = excluded.owner AND ai_objects.kind = excluded.kind`,
      [provider, id, kind, owner, key ?? null, JSON.stringify(object), madeBy ?? null],
    );
  }

  /** Says that it is counted: once, however many ask at the same moment. @returns for whom; undefined: it was already */
  async claim({ provider, owner, kind }: Shelf, id: string): Promise<Caller | undefined> {
    // TypeORM gives the rows that an update returns along with their number.
    const [rows] = (await this.query(
      `UPDATE gateway.ai_objects SET counted_at = now()
       WHERE provider = $1 AND id = $2 AND owner = $3 AND kind = $4 AND counted_at IS NULL RETURNING made_by AS "madeBy"`,
      [provider, id, owner, kind],
    )) as unknown as [{ madeBy: Caller | null }[]];
    return rows[0] && (rows[0].madeBy ?? {});
  }

  /** Batches of which it was not heard yet that they are over: some of them, where there are many. */
  async open({ provider, owner }: Shelf, most: number): Promise<Kept[]> {
    return this.query<Kept>(
      `SELECT id, key, object FROM gateway.ai_objects
       WHERE provider = $1 AND owner = $2 AND kind = 'batch' AND counted_at IS NULL
         AND coalesce(object->>'status', '') <> ALL ($4)
       ORDER BY random() LIMIT $3`,
      [provider, owner, most, ENDED],
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
