import { ArgumentFault, headerText, pathText, percentEncode, queryPairs } from './encode-parameter.js';
import type { Parameter } from './parameters.js';
import type { PathTemplate } from './path-template.js';
import type { BodyOfOperation } from './request-body.js';

/** A parameter, or the body, under the name that the tool's arguments have it. */
export interface Input<Of> {
  readonly argument: string;
  readonly of: Of;
}

export interface OperationInputs {
  readonly method: string;
  readonly path: PathTemplate;
  readonly parameters: readonly Input<Parameter>[];
  readonly body: Input<BodyOfOperation> | undefined;
}

/** A request, below the address of the API. */
export interface OperationRequest {
  readonly method: string;
  /** Path and query, encoded. */
  readonly path: string;
  /** Names in lower case and values, in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
}

type Arguments = Readonly<Record<string, unknown>>;

/**
 * The request that arguments make: method, template and names are the document's alone.
 * @throws ArgumentFault that names the argument
 */
export function requestOf(
  { method, path, parameters, body }: OperationInputs,
  args: Arguments,
): OperationRequest {
  const given = parameters.filter(({ argument }) => Object.hasOwn(args, argument) && args[argument] !== null);
  const encoded = <Text>(place: Parameter['in'], encode: (parameter: Parameter, value: unknown) => Text) =>
    given
      .filter((one) => one.of.in === place)
      .map(({ argument, of }) => ({ of, text: about(argument, () => encode(of, args[argument])) }));
  const segments = new Map(encoded('path', pathText).map(({ of, text }) => [of.name, text]));
  const query = pairsOf('query', parameters, encoded);
  const cookies = pairsOf('cookie', parameters, encoded);
  const headers = encoded('header', headerText).flatMap(({ of, text }) => [of.name.toLowerCase(), text]);
  if (cookies.length > 0) headers.push('cookie', cookies.join('; '));
  const written =
    body && Object.hasOwn(args, body.argument)
      ? about(body.argument, () => body.of.write(args[body.argument]))
      : null;
  if (written) headers.push('content-type', body!.of.contentType);
  const filled = path.fill((name) => segments.get(name) ?? missing(name));
  return {
    method,
    path: query.length === 0 ? filled : `${filled}?${query.join('&')}`,
    headers,
    body: written,
  };
}

type Encoded = (
  place: Parameter['in'],
  encode: typeof queryPairs,
) => readonly { readonly of: Parameter; readonly text: ReturnType<typeof queryPairs> }[];

/** `name=value` of all parameters in one place. The members of one must not stand in for another (CVE-2026-29791). */
function pairsOf(place: 'query' | 'cookie', all: readonly Input<Parameter>[], encoded: Encoded): string[] {
  const declared = new Set(all.filter(({ of }) => of.in === place).map(({ of }) => percentEncode(of.name)));
  return encoded(place, queryPairs).flatMap(({ of, text }) =>
    text.map(([name, value]) => {
      if (name !== percentEncode(of.name) && declared.has(name))
        throw new ArgumentFault(
          `/${of.name} must not have a member ${name}: another parameter has this name`,
        );
      return `${name}=${value}`;
    }),
  );
}

function about<Result>(argument: string, encode: () => Result): Result {
  try {
    return encode();
  } catch (error) {
    throw error instanceof ArgumentFault ? new ArgumentFault(`/${argument} ${error.message}`) : error;
  }
}

function missing(name: string): never {
  throw new ArgumentFault(`/${name} is required`);
}
