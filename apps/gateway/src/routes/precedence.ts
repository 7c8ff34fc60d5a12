import type { Candidate } from './candidates.js';

/** What decides between two routes that both suit a request, in this order. */
export type Decisive = 'priority' | 'host' | 'path' | 'conditions' | 'name';

/** A route by one of its hosts and one of its paths. */
export interface Contender {
  readonly candidate: Candidate;
  /** Undefined where it takes any. */
  readonly host: string | undefined;
}

/**
 * Which of two that suit the same request takes it: the order that docs/gateway/routes.md tells, and that the walk through a
 * `RouteTable` follows from the nature of its trees.
 * @returns what decides, and whether for the first; undefined for two paths of one route that say equally much
 */
export function compare(one: Contender, other: Contender): { by: Decisive; first: boolean } | undefined {
  const [a, b] = [one.candidate, other.candidate];
  const steps: [Decisive, number][] = [
    ['priority', b.priority - a.priority],
    ['host', weightOf(other.host) - weightOf(one.host)],
    ['path', comparePaths(a, b)],
    ['conditions', b.asked - a.asked],
    ['name', compareTexts(a.match.route.name, b.match.route.name)],
  ];
  const decisive = steps.find(([, difference]) => difference !== 0);
  return decisive && { by: decisive[0], first: decisive[1] < 0 };
}

/** A host of its own before `*.example.com`, the longer of two such before the shorter, and any host last. */
function weightOf(host: string | undefined): number {
  if (host === undefined) return 0;
  return host.startsWith('*.') ? host.length : Number.MAX_SAFE_INTEGER;
}

/** The kinds of what comes next in a path, as they are preferred. */
const PREFERENCE = { segment: 0, parameter: 1, regex: 2, end: 3, prefix: 4 } as const;

/** Segment by segment: where they differ first, the one that says more about the segment. */
function comparePaths({ pattern: one }: Candidate, { pattern: other }: Candidate): number {
  for (let at = 0; ; at++) {
    const [a, b] = [kindAt(one, at), kindAt(other, at)];
    if (a !== b) return PREFERENCE[a] - PREFERENCE[b];
    if (a === 'regex') return other.partial.length - one.partial.length;
    if (a === 'end' || a === 'prefix') return 0;
  }
}

function kindAt({ kind, beginning, following }: Candidate['pattern'], at: number): keyof typeof PREFERENCE {
  if (at < beginning.length) return 'segment';
  const index = at - beginning.length;
  if (index < following.length) return following[index] === undefined ? 'parameter' : 'segment';
  return kind === 'prefix' || kind === 'regex' ? kind : 'end';
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
