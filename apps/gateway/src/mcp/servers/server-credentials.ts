import type { Caller } from '../../guards/route-guard.js';

/** What the gateway shows a server: its own secret, or a token that it got for this caller. Never the caller's token. */
export interface ServerCredentials {
  /** Header fields, by name in lower case. @throws Problem where there are none for this caller */
  of(caller: Caller): Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;
  /** Takes out of what a server says the secret that it was shown. */
  hide(this: void, text: string): string;
}

export const NO_CREDENTIALS: ServerCredentials = { of: () => ({}), hide: (text) => text };

/** A shorter one is a word that may be anywhere. */
const HIDDEN_FROM = 8;

export function secretHeader(name: string, value: string): ServerCredentials {
  const fields = { [name]: value };
  // Without a scheme before it, as servers repeat it; as JSON writes it.
  const secret = JSON.stringify(value.slice(value.indexOf(' ') + 1)).slice(1, -1);
  return {
    of: () => fields,
    hide: (text) => (secret.length < HIDDEN_FROM ? text : text.replaceAll(secret, '…')),
  };
}
