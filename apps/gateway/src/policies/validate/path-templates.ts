/** A path of an OpenAPI document, ready to be matched. */
interface Template<Target> {
  readonly segments: readonly Segment[];
  readonly target: Target;
}

/** A literal, or one parameter with what stands around it. */
type Segment = string | { readonly name: string; readonly before: string; readonly after: string };

export interface PathMatch<Target> {
  readonly target: Target;
  /** Decoded values of the path's parameters. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The paths of an OpenAPI document: concrete ones go before templates (OpenAPI 3.1 §4.8.8.2). */
export class PathTemplates<Target> {
  private readonly byLength = new Map<number, Template<Target>[]>();

  /** @throws Error when a path has more than one parameter in a segment */
  constructor(paths: Readonly<Record<string, Target>>) {
    for (const [path, target] of Object.entries(paths)) {
      if (!path.startsWith('/')) continue;
      const segments = path.split('/').slice(1).map(segmentOf);
      const alike = this.byLength.get(segments.length) ?? [];
      alike.push({ segments, target });
      this.byLength.set(segments.length, alike);
    }
    for (const alike of this.byLength.values()) alike.sort((a, b) => rank(a).localeCompare(rank(b)));
  }

  /** @param path normalised: nothing in it decodes to a slash */
  match(path: string): PathMatch<Target> | undefined {
    const parts = path.split('/').slice(1).map(decodeURIComponent);
    for (const { segments, target } of this.byLength.get(parts.length) ?? []) {
      const parameters = matchAll(segments, parts);
      if (parameters) return { target, parameters };
    }
    return undefined;
  }
}

function segmentOf(text: string): Segment {
  const match = /^([^{}]*)\{([^{}]+)\}([^{}]*)$/.exec(text);
  if (match) return { before: match[1]!, name: match[2]!, after: match[3]! };
  if (/[{}]/.test(text)) throw new Error(`The path segment ${text} has more than one parameter`);
  return text;
}

/** Literals first, segment by segment. */
function rank({ segments }: Template<unknown>): string {
  return segments
    .map((one) => (typeof one === 'string' ? '0' : one.before + one.after === '' ? '2' : '1'))
    .join('');
}

function matchAll(
  segments: readonly Segment[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let i = 0; i < segments.length; i++) {
    const [segment, part] = [segments[i]!, parts[i]!];
    if (typeof segment === 'string') {
      if (segment !== part) return undefined;
      continue;
    }
    const { before, after, name } = segment;
    const fits =
      part.length > before.length + after.length && part.startsWith(before) && part.endsWith(after);
    if (!fits) return undefined;
    parameters[name] = part.slice(before.length, part.length - after.length);
  }
  return parameters;
}
