import { printable } from './table.js';

/** One line of what a document changes, as the admin API tells it. */
export interface Change {
  readonly action: 'create' | 'change' | 'delete';
  readonly kind: string;
  readonly name: string;
  readonly members?: readonly string[];
}

export interface Outcome {
  readonly changes: readonly Change[];
  readonly shown_once?: readonly Record<string, unknown>[];
}

const SIGNS = { create: '+', change: '~', delete: '-' } as const;

export function changeLines(changes: readonly Change[]): string[] {
  return changes.map(({ action, kind, name, members = [] }) =>
    printable(`${SIGNS[action]} ${kind}/${name}${members.length > 0 ? ` (${members.join(', ')})` : ''}`),
  );
}
