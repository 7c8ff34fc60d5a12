import type { IncomingHttpHeaders } from 'node:http';

/** What a match looks at; a `Call` has it all. */
export interface MatchedRequest {
  readonly method: string;
  /** Without port, in lower case, without the root's dot. */
  readonly hostname: string;
  /** In the one form that is matched and forwarded. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
}

/** What a template or a regular expression caught of the path, by name: as it stands there, percent-encoded. */
export type PathParameters = Readonly<Record<string, string>>;

export const NO_PARAMETERS: PathParameters = Object.freeze(Object.create(null) as PathParameters);
