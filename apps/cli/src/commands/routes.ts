import type { Command } from '../command.js';
import { EXIT } from '../command-error.js';
import { table } from '../table.js';

interface Route {
  readonly name: string;
  readonly match: {
    readonly hosts?: readonly string[];
    readonly paths: readonly unknown[];
    readonly methods?: readonly string[];
  };
  readonly upstream?: unknown;
  readonly guards: readonly {
    readonly type?: string;
    readonly any_of?: unknown;
    readonly all_of?: unknown;
  }[];
}

interface Page {
  readonly routes: readonly Route[];
  readonly next_cursor?: string;
}

export const routes: Command = {
  usage: '',
  summary: 'lists the routes',
  takes: 0,
  heeds: ['json'],
  async run({ admin, options, print }) {
    const all: Route[] = [];
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await admin.json<Page>(`/routes?limit=100${query}`);
      all.push(...page.routes);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    print(options.json ? JSON.stringify(all, null, 2) : table(HEAD, all.map(row)));
    return EXIT.done;
  },
};

const HEAD = ['NAME', 'HOSTS', 'PATHS', 'METHODS', 'GUARDS', 'UPSTREAM'];

function row({ name, match, guards, upstream }: Route): string[] {
  return [
    name,
    match.hosts?.join(' ') ?? '*',
    match.paths.map(short).join(' '),
    match.methods?.join(' ') ?? '*',
    guards.map(({ type, any_of: any }) => type ?? (any ? 'any_of' : 'all_of')).join(' ') || 'public',
    short(upstream ?? ''),
  ];
}

/** The one member of `{ url: … }` or `{ name: … }`, or all of it. */
function short(value: unknown): string {
  if (typeof value === 'string') return value;
  const members = Object.values(value as object);
  return members.length === 1 && typeof members[0] === 'string' ? members[0] : JSON.stringify(value);
}
