import type { GatehouseOptions } from './gatehouse-strategy.js';
import { TIMEOUT_MS } from './timed-agents.js';

/** What the demo API answered through the gateway. */
export interface ApiAnswer {
  /** 0 when there was no answer at all. */
  status: number;
  text: string;
}

const MOST_CHARACTERS = 4000;

/** Calls an API through the gateway, as the user who signed in. */
export async function callApi(url: string, accessToken: string): Promise<ApiAnswer> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: (await response.text()).slice(0, MOST_CHARACTERS) };
  } catch (error) {
    return { status: 0, text: error instanceof Error ? error.message : String(error) };
  }
}

/** Takes the token back (RFC 7009); signing out goes on when Gatehouse can't be reached. */
export async function revoke(options: GatehouseOptions, token: string): Promise<void> {
  const { internal, clientId, clientSecret } = options;
  const body = new URLSearchParams({
    token,
    token_type_hint: 'access_token',
    client_id: clientId,
    client_secret: clientSecret,
  });
  try {
    await fetch(`${internal}/oauth2/revoke`, {
      method: 'POST',
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    console.error('demo-app: the token was not revoked:', error instanceof Error ? error.message : error);
  }
}
