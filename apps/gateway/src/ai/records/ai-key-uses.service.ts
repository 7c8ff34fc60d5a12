import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** What is known of a key's calls of AI models. */
export interface AiKeyUse {
  /** Undefined: none in as many days as usage is kept. */
  readonly lastUsedAt: Date | undefined;
  /** Since the month began (UTC). */
  readonly calls: number;
  /** In US dollars, as far as prices are known. */
  readonly cost: number;
}

interface UseRow {
  readonly credential: string;
  readonly last: Date | null;
  readonly calls: string;
  readonly cost: string;
}

export const UNUSED: AiKeyUse = { lastUsedAt: undefined, calls: 0, cost: 0 };

/** When keys were used, and what that has cost. */
@Injectable()
export class AiKeyUses {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** @param keys the names of credentials */
  async of(keys: readonly string[]): Promise<ReadonlyMap<string, AiKeyUse>> {
    if (keys.length === 0) return new Map();
    const rows = await this.database.query<UseRow[]>(LOOK, [keys]);
    return new Map(
      rows.map(({ credential, last, calls, cost }) => [
        credential,
        { lastUsedAt: last ?? undefined, calls: Number(calls), cost: Number(cost) },
      ]),
    );
  }
}

/** Each key by its own look into the index: the last row, and those of the month. */
const LOOK = `
  SELECT credential, last, calls, cost FROM unnest($1::text[]) AS one (credential),
    LATERAL (SELECT max(at) AS last FROM gateway.ai_usage AS usage WHERE usage.credential = one.credential) AS used,
    LATERAL (
      SELECT coalesce(sum(usage.calls), 0) AS calls, coalesce(sum(usage.cost), 0) AS cost FROM gateway.ai_usage AS usage
      WHERE usage.credential = one.credential AND usage.at >= date_trunc('month', now(), 'UTC')
    ) AS month`;
