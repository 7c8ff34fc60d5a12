import type { ProviderRequest } from '../../provider-server.js';
import type { Answer, Heard } from '../scene.js';

/** A provider as it is on the wire. */
export interface Wire {
  /** The body of a whole answer. */
  whole(answer: Answer): object;
  /** The text of a stream, in which texts and arguments come in pieces. */
  stream(answer: Answer): string | Buffer;
  /** A stream that goes no further than its first piece of text. Left out: it is one of server-sent events. */
  beginning?(answer: Answer): Buffer;
  /** Left out: that of server-sent events. */
  readonly streamType?: string;
  heard(request: ProviderRequest): Heard;
  error(status: number, message: string): object;
  /** What its usage counts beside input and output. */
  readonly counts: { readonly cached: boolean; readonly reasoning: boolean };
  /** The type in its SDK of what it is asked, by the names of `sdk-types.ts`. Left out: its SDK has other names than its wire. */
  readonly requestType?: string;
}

/** In two pieces, cut within a word. */
export function pieces(text: string): [string, string] {
  const characters = [...text];
  const middle = Math.ceil(characters.length / 2);
  return [characters.slice(0, middle).join(''), characters.slice(middle).join('')];
}

export function events(all: readonly object[]): string {
  return all.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');
}

/** Events whose name is their type. */
export function namedEvents(all: readonly { readonly type: string }[]): string {
  return all.map((one) => `event: ${one.type}\ndata: ${JSON.stringify(one)}\n\n`).join('');
}
