import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '@gatehouse/http';
import { z } from 'zod';
import { hostnameOf } from '../calls/call.js';
import { findRoute, type RoutedCall } from '../proxy/find-route.js';
import { contendersOf, type Unmet, unmet } from './explain-match.js';
import { compare, type Contender, type Decisive } from './precedence.js';
import type { RouteTable } from './route-table.js';

/** The request whose route is asked for: as a client would send it. */
export const resolveRequest = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]{1,20}$/, 'must be a method in capitals')
    .default('GET'),
  url: z
    .string()
    .max(16_384)
    .regex(/^(?:https?:\/\/[^/?#]+)?(?:\/.*)?$/, 'must be an http(s) URL, or a path with its query'),
  headers: z
    .record(z.string().max(128), z.string().max(8_192))
    .refine((headers) => Object.keys(headers).length <= 200, 'must be at most 200')
    .default({}),
});

export type ResolveRequest = z.output<typeof resolveRequest>;

/** Which route takes a request, and why not another. */
export interface Resolution {
  /** Null: none. */
  readonly route: Taken | null;
  /** What the caller is told, where no route takes it. */
  readonly problem: { readonly status: number; readonly detail: string } | null;
  /** Other routes that are near, the nearest first. */
  readonly others: readonly Other[];
}

interface Taken {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly path: unknown;
  readonly parameters: Readonly<Record<string, string>>;
  /** The path that an upstream gets, below its own. */
  readonly forwarded_path: string | null;
  readonly because: string;
}

interface Other {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly path: unknown;
  /** What it asks for, and the request does not have. */
  readonly unmet: readonly string[];
  /** It would suit, but something puts the other one first. */
  readonly behind: Decisive | null;
  readonly because: string;
}

const MAX_OTHERS = 20;

/** Asks the table as the proxy does: it is the same function that looks for the route. */
export function resolve(asked: ResolveRequest, table: RouteTable): Resolution {
  const call = callOf(asked);
  let problem: Resolution['problem'] = null;
  try {
    findRoute(call, table);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    problem = { status: error.status, detail: error.detail };
  }
  // A target that nobody may send has no path to compare.
  if (call.path === '') return { route: null, problem, others: [] };
  const weighed = table.routes.flatMap(contendersOf).map((one) => ({ one, missing: unmet(one, call) }));
  const suitable = weighed.filter(({ missing }) => missing.length === 0).map(({ one }) => one);
  const winner = problem === null ? winnerOf(suitable, call) : undefined;
  const others = weighed
    .filter(({ one, missing }) => one.candidate.match.route !== call.route && isNear(one, missing, call.path))
    .sort((a, b) => a.missing.length - b.missing.length)
    .slice(0, MAX_OTHERS)
    .map(({ one, missing }) => otherOf(one, missing, winner));
  return { route: winner ? takenOf(winner, call, suitable) : null, problem, others };
}

function callOf({ method, url, headers: sent }: ResolveRequest): RoutedCall {
  const [, authority, target] = /^(?:https?:\/\/([^/?#]+))?(.*)$/s.exec(url)!;
  const headers: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(sent)) headers[name.toLowerCase()] = value;
  const host = authority ?? headers.host ?? '';
  headers.host = host;
  return {
    method,
    url: target === '' ? '/' : target!,
    host,
    hostname: hostnameOf(host),
    headers,
    raw: { rawHeaders: Object.entries(headers).flat() as string[] },
    path: '',
    query: '',
    route: undefined as never,
    prefix: '',
    parameters: {},
  };
}

/** By which of its hosts and paths the route that was found suits: the order is the table's. */
function winnerOf(suitable: readonly Contender[], { route }: RoutedCall): Contender | undefined {
  return suitable
    .filter(({ candidate }) => candidate.match.route === route)
    .reduce<Contender | undefined>((so, far) => (so && !compare(far, so)?.first ? so : far), undefined);
}

/** Of another host and another path at once, or of quite another path, it is another API. */
function isNear({ candidate }: Contender, missing: readonly Unmet[], path: string): boolean {
  const elsewhere = missing.filter(({ what }) => what === 'host' || what === 'path');
  if (elsewhere.length > 1) return false;
  return elsewhere[0]?.what !== 'path' || candidate.pattern.prefix.split('/')[1] === path.split('/')[1];
}

function takenOf({ candidate, host }: Contender, call: RoutedCall, suitable: readonly Contender[]): Taken {
  const { id, name } = call.route;
  const rivals = suitable.filter((one) => one.candidate.match.route !== call.route).length;
  return {
    id,
    name,
    host: host ?? '*',
    path: candidate.written,
    parameters: call.parameters,
    forwarded_path: forwardedPathOf(call),
    because: `${[...reasons(candidate, host)].join(', ')}; ${rivals === 0 ? 'no other route suits' : `it goes before ${rivals} other(s) that suit`}`,
  };
}

function* reasons({ pattern, methods, conditions }: Contender['candidate'], host: string | undefined) {
  yield host === undefined ? 'any host' : `host ${host}`;
  yield `${pattern.kind} ${pattern.text}`;
  yield methods ? `method ${[...methods].join(' or ')}` : 'any method';
  for (const { text } of conditions) yield text;
}

/** What a rewrite makes of it may be no path: then the caller is told so at the call. */
function forwardedPathOf(call: RoutedCall): string | null {
  try {
    return call.route.forwardedPath(call as never);
  } catch {
    return null;
  }
}

function otherOf(one: Contender, missing: readonly Unmet[], winner: Contender | undefined): Other {
  const { id, name } = one.candidate.match.route;
  const order = missing.length === 0 && winner ? compare(winner, one) : undefined;
  return {
    id,
    name,
    host: one.host ?? '*',
    path: one.candidate.written,
    unmet: missing.map(({ asked }) => asked),
    behind: order?.by ?? null,
    because:
      missing.length > 0
        ? `the request is not ${missing.map(({ asked }) => asked).join(', nor ')}`
        : WHY[order?.by ?? 'name'],
  };
}

const WHY: Record<Decisive, string> = {
  priority: 'the other one has a greater priority',
  host: 'the other one has a more specific host',
  path: 'the path of the other one says more',
  conditions: 'the other one asks for more',
  name: 'the two can never be told apart: the name of the other one comes first',
};
