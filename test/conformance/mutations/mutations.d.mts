/** See mutations.mjs. */
export interface Mutation {
  readonly requirement: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly testFile: string;
  readonly test: string;
}

export function readMutations(folder: string): Mutation[];
export function mutate(source: string, mutation: Pick<Mutation, 'file' | 'find' | 'replace'>): string;
export function sample<T>(all: readonly T[], count: number, seed: number): T[];
export function outcomeOf(
  result: object,
  test: string,
): { status: 'passed' | 'failed' | 'broken' | 'missing'; message: string };
