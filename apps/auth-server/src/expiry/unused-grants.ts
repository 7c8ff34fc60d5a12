import type { EntityManager } from 'typeorm';

/** An access token of a grant may live a day; a day on top. */
const KEPT = "interval '2 days'";

/**
 * Expired refresh tokens, each with its grant when that was its last one. `ctid` would be cheaper than a key, and could
 * name another row by the time it is used.
 */
export const EXPIRED_REFRESH_TOKENS = `
  WITH expired AS (
    SELECT hash FROM auth.refresh_token WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED),
  gone AS (
    DELETE FROM auth.refresh_token WHERE hash IN (SELECT hash FROM expired) RETURNING hash, grant_id),
  unused AS (
    DELETE FROM auth.oauth_grant g WHERE id IN (SELECT grant_id FROM gone) AND created_at < now() - ${KEPT}
      AND NOT EXISTS (SELECT 1 FROM auth.refresh_token t WHERE t.grant_id = g.id AND t.hash NOT IN (SELECT hash FROM gone)))
  SELECT count(*)::int AS deleted FROM gone`;

interface Place {
  readonly at: string;
  readonly id: string;
}

const BEGINNING: Place = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/**
 * Removes grants that never had a refresh token. Nearly all old grants are in use, so looking for the others anew each
 * time would read them all: it goes through them in the order of their age, once, and goes on where it was.
 */
export class UnusedGrants {
  private place = BEGINNING;

  /** @returns how many were looked at */
  async sweep(manager: EntityManager, batch: number): Promise<number> {
    const rows = await manager.query<Place[]>(
      `SELECT created_at::text AS at, id FROM auth.oauth_grant
       WHERE (created_at, id) > ($1::timestamptz, $2::uuid) AND created_at < now() - ${KEPT}
       ORDER BY created_at, id LIMIT $3`,
      [this.place.at, this.place.id, batch],
    );
    if (rows.length === 0) return 0;
    await manager.query(
      `DELETE FROM auth.oauth_grant g WHERE id = ANY ($1)
         AND NOT EXISTS (SELECT 1 FROM auth.refresh_token t WHERE t.grant_id = g.id)`,
      [rows.map(({ id }) => id)],
    );
    this.place = rows.at(-1)!;
    return rows.length;
  }
}
