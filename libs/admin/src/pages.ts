import { Problem } from '@gatehouse/http';
import { z } from 'zod';

/** The query of a list: where a page begins, and how long it may be. */
export const pageQuery = z.object({
  cursor: z.string().max(400).optional().describe('next_cursor of the page before'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** A schema's members with the cursor of the next page. */
export const nextCursor = {
  next_cursor: z.string().optional().describe('absent on the last page'),
};

/** The cursor after a page: where it ended, in base64url. Absent when the page was not full. */
export function cursorAfter<Row>(
  rows: readonly Row[],
  limit: number,
  place: (row: Row) => string,
): { next_cursor?: string } {
  if (rows.length < limit) return {};
  return { next_cursor: Buffer.from(place(rows.at(-1)!)).toString('base64url') };
}

/**
 * The place a cursor stands for. A cursor is a caller's text like any other: it is checked, and only ever a value of a
 * query (Hydra GHSA-r9w3-57w2-gch2).
 * @throws Problem 422
 */
export function readCursor(cursor: string | undefined, form: RegExp, first: string): string {
  if (cursor === undefined) return first;
  const place = Buffer.from(cursor, 'base64url').toString('utf8');
  if (form.test(place) && Buffer.from(place).toString('base64url') === cursor) return place;
  throw new Problem(422, 'Some members of the request cannot be used.', {
    errors: [{ pointer: '/cursor', detail: 'must be the next_cursor of a page, as it came' }],
  });
}

/** The form of a UUID, for cursors. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
export const FIRST_UUID = '00000000-0000-0000-0000-000000000000';
