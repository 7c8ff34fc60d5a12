import { RE2Set } from 're2js';
import { type Condition, valueOf } from './condition.js';
import type { MatchedRequest } from './matched-request.js';
import type { RoutePath } from './path-definition.js';
import type { PathPattern } from './path-pattern.js';
import { demandLength } from './regular-expression.js';
import type { RouteMatch } from './route-table.js';

/** A route by one of its paths. */
export interface Candidate {
  readonly match: RouteMatch;
  /** The path as it was written. */
  readonly written: RoutePath;
  readonly pattern: PathPattern;
  readonly priority: number;
  /** How many things besides host and path it asks for; its methods are one. */
  readonly asked: number;
  readonly methods: ReadonlySet<string> | undefined;
  readonly conditions: readonly Condition[];
}

/** From so many on, lists are not gone through one by one. */
const MANY = 8;

interface FieldIndex {
  readonly condition: Condition;
  readonly byValue: Map<string, Candidate[]>;
}

/** Candidates whose paths say equally much, the first of which that suits a request takes it. */
export class Candidates {
  private readonly list: Candidate[] = [];
  private readonly places = new Map<Candidate, number>();
  private rest: readonly Candidate[] | undefined;
  private indexes: readonly FieldIndex[] = [];

  /** Comes after all that were added before. */
  add(candidate: Candidate): void {
    this.places.set(candidate, this.list.length);
    this.list.push(candidate);
    this.rest = undefined;
  }

  /** The first that suits the request, unless its priority is no greater than that of what was found elsewhere. */
  better(request: MatchedRequest, found: Candidate | undefined): Candidate | undefined {
    if (this.list.length <= MANY) return firstOf(this.list, request, found) ?? found;
    if (!this.rest) this.index();
    let best = firstOf(this.rest!, request, found);
    for (const { condition, byValue } of this.indexes) {
      const value = valueOf(condition.place, condition.name, request);
      const list = value === undefined ? undefined : byValue.get(value);
      const one = list && firstOf(list, request, found);
      if (one && (!best || this.places.get(one)! < this.places.get(best)!)) best = one;
    }
    return best ?? found;
  }

  /** Where many routes differ in the value of a header only (one for each tenant), the value finds them. */
  private index(): void {
    const rest: Candidate[] = [];
    const indexes = new Map<string, FieldIndex>();
    for (const candidate of this.list) {
      const condition = candidate.conditions.find((one) => one.values !== undefined);
      if (!condition) {
        rest.push(candidate);
        continue;
      }
      const key = `${condition.place} ${condition.name}`;
      const index = indexes.get(key) ?? { condition, byValue: new Map<string, Candidate[]>() };
      indexes.set(key, index);
      for (const value of new Set(condition.values)) {
        const sharing = index.byValue.get(value);
        if (sharing) sharing.push(candidate);
        else index.byValue.set(value, [candidate]);
      }
    }
    this.rest = rest;
    this.indexes = [...indexes.values()];
  }
}

/** The same of regular expressions that begin alike; many are matched in one go. */
export class ExpressionCandidates {
  private readonly list: Candidate[] = [];
  private set: RE2Set | undefined;

  add(candidate: Candidate): void {
    this.list.push(candidate);
    this.set = undefined;
  }

  better(request: MatchedRequest, path: string, found: Candidate | undefined): Candidate | undefined {
    if (this.list.length > MANY) return firstOf(this.described(path), request, found) ?? found;
    for (const candidate of this.list) {
      if (found && candidate.priority <= found.priority) return found;
      if (suits(candidate, request) && candidate.pattern.expression!.describes(path)) return candidate;
    }
    return found;
  }

  private described(path: string): Candidate[] {
    demandLength(path);
    this.set ??= setOf(this.list);
    const indexes = this.set.match(path);
    return indexes.sort((a, b) => a - b).map((index) => this.list[index]!);
  }
}

function setOf(candidates: readonly Candidate[]): RE2Set {
  const set = new RE2Set(RE2Set.ANCHOR_BOTH);
  for (const { pattern } of candidates) set.add(pattern.expression!.source);
  set.compile();
  return set;
}

function firstOf(
  list: readonly Candidate[],
  request: MatchedRequest,
  found: Candidate | undefined,
): Candidate | undefined {
  for (const candidate of list) {
    if (found && candidate.priority <= found.priority) return undefined;
    if (suits(candidate, request)) return candidate;
  }
  return undefined;
}

function suits({ methods, conditions }: Candidate, request: MatchedRequest): boolean {
  if (methods !== undefined && !methods.has(request.method)) return false;
  for (const condition of conditions) if (!condition.holds(request)) return false;
  return true;
}
