import type { Caller } from '../../guards/route-guard.js';
import type { ExchangeSettings } from '../../tokens/token-exchange.policy.js';
import type { TokenExchanges } from '../../tokens/token-exchanges.service.js';

/** Header fields, by name in lower case. */
export type Fields = Readonly<Record<string, string>>;

/** What the gateway shows a server: its own secret, or a token that it got for this caller. Never the caller's token. */
export interface ServerCredentials {
  /** @throws Problem where there are none for this caller */
  of(caller: Caller): Promise<Fields> | Fields;
  /**
   * Others, in place of some that the server did not take (401); left out: there are none.
   * @throws Problem where there are none for this caller
   */
  renewed?(caller: Caller, refused: Fields): Promise<Fields>;
}

export const NO_CREDENTIALS: ServerCredentials = { of: () => ({}) };

/** A shorter one is a word that may be anywhere. */
const HIDDEN_FROM = 8;

export function secretHeader(name: string, value: string): ServerCredentials {
  const fields = { [name]: value };
  return { of: () => fields };
}

/** A token for this server, in place of the caller's own. */
export function exchangedToken(
  exchanges: TokenExchanges,
  { audience, scopes, delegation }: ExchangeSettings,
): ServerCredentials {
  const target = { audience, scope: scopes?.join(' '), delegation };
  return {
    of: async (caller) => ({ authorization: `Bearer ${await exchanges.of(caller, target)}` }),
  };
}

/** Takes out of what a server says the secrets that it was shown. @param mark stands for one */
export function withoutSecrets(fields: Fields, mark = '…'): (text: string) => string {
  const secrets = Object.values(fields).map(secretIn);
  return (text) =>
    secrets.reduce((rest, one) => (one.length < HIDDEN_FROM ? rest : rest.replaceAll(one, () => mark)), text);
}

/** Without a scheme before it, as servers repeat it; as JSON writes it. */
function secretIn(value: string): string {
  return JSON.stringify(value.slice(value.indexOf(' ') + 1)).slice(1, -1);
}
