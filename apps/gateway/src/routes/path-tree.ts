import { type Candidate, Candidates, ExpressionCandidates } from './candidates.js';
import type { MatchedRequest } from './matched-request.js';

/** What a request has been found so far, and what is compared on the way down the tree. */
type Found = Candidate | undefined;

/**
 * A segment of paths, with all that goes on from there. A match goes down as far as the path goes and comes back up, so that
 * paths that begin with more plain segments are asked first; where one has the same priority as another, first come is first
 * served. Its cost follows from the depth of the path, not from the number of routes.
 */
export class PathTree {
  /** The greatest priority in here: below that of what was found elsewhere, there is no need to look. */
  private top = -Infinity;
  private children: Map<string, PathTree> | undefined;
  /** Templates go on here with any segment. */
  private parameter: PathTree | undefined;
  /** Exact paths and templates that end here. */
  private ends: Candidates | undefined;
  private expressions: Map<string, ExpressionCandidates> | undefined;
  /** The lengths of the texts that the expressions' next segments begin with, the longest first. */
  private lengths: number[] = [];
  private prefixes: Candidates | undefined;

  /** Candidates come in the order in which they are preferred where their paths say equally much. */
  add(candidate: Candidate): void {
    const { kind, beginning, following, partial } = candidate.pattern;
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the way down begins here
    let tree: PathTree = this;
    tree.top = Math.max(tree.top, candidate.priority);
    for (const segment of [...beginning, ...following]) {
      tree = tree.next(segment);
      tree.top = Math.max(tree.top, candidate.priority);
    }
    if (kind === 'prefix') (tree.prefixes ??= new Candidates()).add(candidate);
    else if (kind === 'regex') tree.addExpression(partial, candidate);
    else (tree.ends ??= new Candidates()).add(candidate);
  }

  /**
   * The best candidate for a request, or what was found before when there is none better.
   * @param start where in the path the segment after this one begins: beyond its end, when there is none
   */
  find(request: MatchedRequest, path: string, start: number, before: Found): Found {
    if (before && before.priority >= this.top) return before;
    let found = before;
    if (start > path.length) {
      if (this.ends) found = this.ends.better(request, found);
    } else if (this.children || this.parameter || this.expressions) {
      found = this.findBelow(request, path, start, found);
    }
    return this.prefixes ? this.prefixes.better(request, found) : found;
  }

  private findBelow(request: MatchedRequest, path: string, start: number, before: Found): Found {
    const slash = path.indexOf('/', start);
    const end = slash < 0 ? path.length : slash;
    const segment = path.slice(start, end);
    const child = this.children?.get(segment);
    let found = child ? child.find(request, path, end + 1, before) : before;
    if (this.parameter && segment !== '') found = this.parameter.find(request, path, end + 1, found);
    if (!this.expressions) return found;
    for (const length of this.lengths) {
      if (length > segment.length) continue;
      const candidates = this.expressions.get(segment.slice(0, length));
      if (candidates) found = candidates.better(request, path, found);
    }
    return found;
  }

  private next(segment: string | undefined): PathTree {
    if (segment === undefined) return (this.parameter ??= new PathTree());
    this.children ??= new Map();
    const existing = this.children.get(segment);
    if (existing) return existing;
    const created = new PathTree();
    this.children.set(segment, created);
    return created;
  }

  private addExpression(partial: string, candidate: Candidate): void {
    this.expressions ??= new Map();
    const existing = this.expressions.get(partial);
    if (existing) return existing.add(candidate);
    const created = new ExpressionCandidates();
    created.add(candidate);
    this.expressions.set(partial, created);
    if (this.lengths.includes(partial.length)) return;
    this.lengths = [...this.lengths, partial.length].sort((a, b) => b - a);
  }
}
