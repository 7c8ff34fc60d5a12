import { Problem } from '@gatehouse/http';

/** Where the page of somebody's AI keys is. */
export const KEYS_PATH = '/.gatehouse/ai-keys';

/** Who is at one of these pages. */
export interface PagePerson {
  /** As people call themselves. */
  readonly name: string;
  readonly username: string;
  /** The login client's name in addresses; undefined: the built-in one. */
  readonly client: string | undefined;
  /** What forms send along, so that nobody else's is taken for one. */
  readonly csrf: string;
}

/** An address below that page, for the same login client. */
export function keysPath(
  { client }: Pick<PagePerson, 'client'>,
  below = '',
  query: Record<string, string> = {},
): string {
  const all = new URLSearchParams({ ...query, ...(client === undefined ? {} : { client }) }).toString();
  return KEYS_PATH + below + (all === '' ? '' : `?${all}`);
}

/** A form that is not of this page, or of another person's. */
export class ForeignForm extends Problem {
  constructor() {
    super(403, 'This form is of another site, or of another login.');
  }
}
