import { traceHeaders } from '@gatehouse/observability';
import { deriveKey } from '@gatehouse/token';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { authServerUrl, CONFIG, type Config } from '../config.js';

/** The gateway's own client at the auth-server, which seeds it. */
export const GATEWAY_CLIENT_ID = 'gatehouse-gateway';

const CONNECT_TIMEOUT_MS = 2_000;
/** Of a request, the wait for a free connection included. */
const TIMEOUT_MS = 3_000;
const RENEW_BEFORE_MS = 60_000;
const tokenResponse = z.object({
  access_token: z.string(),
  expires_in: z.number(),
  refresh_token: z.string().optional(),
});

const oauthError = z.object({ error: z.string().max(100) });

/** RFC 8693 §2.2.1. */
const exchangeResponse = z.object({
  access_token: z.string(),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number(),
});
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';

/** The auth-server answered, and the answer was no. */
export class RefusedError extends Error {}

/** The secret of the gateway's own client: set, or the same that the auth-server derives. */
export function gatewayClientSecret(config: Config): string {
  return (
    config.gatewayClientSecret ??
    deriveKey(config.secret, 'gatehouse-gateway client secret').toString('base64url')
  );
}

/** Speaks to the auth-server as the gateway itself. */
@Injectable()
export class AuthServerClient implements OnApplicationShutdown {
  readonly agent = new Agent({ connections: 64, connectTimeout: CONNECT_TIMEOUT_MS });
  readonly url: string;
  private readonly authorization: string;
  private token: { readonly value: string; readonly renewAt: number } | undefined;

  constructor(@Inject(CONFIG) config: Config) {
    this.url = authServerUrl(config);
    const credentials = `${GATEWAY_CLIENT_ID}:${encodeURIComponent(gatewayClientSecret(config))}`;
    this.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  /** What the auth-server says of a token (RFC 7662). @throws when it does not answer */
  introspect(token: string): Promise<unknown> {
    return this.post('/oauth2/introspect', { token });
  }

  /** Its public keys. @throws when it does not answer */
  async keys(): Promise<unknown> {
    const { statusCode, body } = await request(`${this.url}/jwks`, {
      dispatcher: this.agent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (statusCode === 200) return body.json();
    await body.dump();
    throw new Error(`the auth-server answered ${statusCode} to /jwks`);
  }

  /** An access token of the gateway's own for the revocation feed, renewed in time. */
  async feedToken(): Promise<string> {
    if (this.token && Date.now() < this.token.renewAt) return this.token.value;
    const form = { grant_type: 'client_credentials', scope: 'revocations' };
    const { access_token: value, expires_in: seconds } = tokenResponse.parse(
      await this.post('/oauth2/token', form),
    );
    this.token = { value, renewAt: Date.now() + seconds * 1000 - RENEW_BEFORE_MS };
    return value;
  }

  /** Exchanges a refresh token. @returns undefined when it is no longer good; throws when there is no answer */
  async refresh(refreshToken: string): Promise<z.output<typeof tokenResponse> | undefined> {
    try {
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
      return tokenResponse.parse(await this.post('/oauth2/token', form));
    } catch (error) {
      if (error instanceof RefusedError) return undefined;
      throw error;
    }
  }

  /**
   * Exchanges a token for one of another audience (RFC 8693 §2.1).
   * @param target `delegation`: the gateway is named in it as the one who acts
   * @throws RefusedError when the auth-server refuses, other errors when it does not answer
   */
  async exchange(
    token: string,
    target: { readonly audience: string; readonly scope: string | undefined; readonly delegation: boolean },
  ): Promise<{ accessToken: string; lifetime: number }> {
    const { audience, scope, delegation } = target;
    const actor = delegation
      ? { actor_token: await this.feedToken(), actor_token_type: ACCESS_TOKEN }
      : undefined;
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: ACCESS_TOKEN,
      audience,
      ...(scope === undefined ? {} : { scope }),
      ...actor,
    };
    const answer = exchangeResponse.parse(await this.post('/oauth2/token', form));
    return { accessToken: answer.access_token, lifetime: answer.expires_in };
  }

  /** Ends a refresh token and all that was issued with it (RFC 7009). */
  async revoke(refreshToken: string): Promise<void> {
    await this.post('/oauth2/revoke', { token: refreshToken });
  }

  /** Asks for a new token next time: the one it had was refused. */
  forgetToken(): void {
    this.token = undefined;
  }

  private async post(path: string, form: Record<string, string>): Promise<unknown> {
    const { statusCode, body } = await request(`${this.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: this.authorization,
        'content-type': 'application/x-www-form-urlencoded',
        ...traceHeaders(),
      },
      body: new URLSearchParams(form).toString(),
      dispatcher: this.agent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (statusCode === 200) {
      const text = await body.text();
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    }
    if (statusCode === 400) {
      const reason = oauthError.safeParse(await body.json().catch(() => undefined));
      throw new RefusedError(`the auth-server refused ${path}: ${reason.data?.error ?? 'no reason told'}`);
    }
    await body.dump();
    throw new Error(`the auth-server answered ${statusCode} to ${path}`);
  }
}
