import { GuardedFetch } from '@gatehouse/guarded-fetch';
import { parseUniqueJson, type SecretBox } from '@gatehouse/token';
import { z } from 'zod';
import type { IntrospectionDefinition, IssuerDefinition } from './issuer-definition.js';
import { isAtIssuer } from './issuer-endpoints.js';

const TIMEOUT_MS = 2_000;
const MAX_ANSWER = 65_536;

const metadata = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });

/**
 * What the gateway asks other issuers. Addresses that administrators name may be in a private network, those that metadata
 * name only as `isAtIssuer` says; they are https, verified, bounded in time and size, and no redirect is followed.
 */
export class IssuerRequests {
  private readonly fetch = new GuardedFetch({ allowPrivateAddresses: true });
  private readonly publicFetch = new GuardedFetch({ allowPrivateAddresses: false });

  constructor(private readonly secrets: SecretBox) {}

  async close(): Promise<void> {
    await Promise.all([this.fetch.close(), this.publicFetch.close()]);
  }

  /** The key set, as it came. @throws GuardedFetchError */
  async keys({ issuer, jwks_uri: uri }: IssuerDefinition): Promise<unknown> {
    if (uri !== undefined) return this.json(uri);
    const found = await this.discover(issuer);
    return this.json(found, isAtIssuer(issuer, found) ? this.fetch : this.publicFetch);
  }

  /** The answer to an introspection (RFC 7662 §2.1), as it came. @throws GuardedFetchError */
  async introspect(issuer: string, asked: IntrospectionDefinition, token: string): Promise<unknown> {
    const form = new URLSearchParams({ token, token_type_hint: 'access_token' });
    const headers: Record<string, string> = { 'content-type': 'application/x-www-form-urlencoded' };
    const secret = this.secretOf(issuer, asked);
    if (asked.client_auth === 'client_secret_post') {
      form.set('client_id', asked.client_id);
      form.set('client_secret', secret);
    } else headers.authorization = basic(asked.client_id, secret);
    const answer = await this.fetch.fetch(asked.endpoint, {
      method: 'POST',
      headers,
      body: form.toString(),
      accept: ['application/json'],
      maxBytes: MAX_ANSWER,
      timeoutMs: TIMEOUT_MS,
    });
    return parseUniqueJson(answer.text());
  }

  /** OpenID Connect Discovery §4 first, as most have it; then RFC 8414 §3.1, where its path comes last. */
  private async discover(issuer: string): Promise<string> {
    const { origin, pathname } = new URL(issuer);
    const path = pathname === '/' ? '' : pathname.replace(/\/$/, '');
    const places = [
      `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
      `${origin}/.well-known/oauth-authorization-server${path}`,
    ];
    let failure: unknown;
    for (const place of places) {
      try {
        const found = metadata.parse(await this.json(place));
        // RFC 8414 §3.3: metadata that speak of another issuer must not be used.
        if (found.issuer !== issuer) throw new Error(`its metadata are those of ${found.issuer}`);
        return found.jwks_uri;
      } catch (error) {
        failure ??= error;
      }
    }
    throw failure;
  }

  private async json(url: string, from = this.fetch): Promise<unknown> {
    return (await from.fetch(url, { timeoutMs: TIMEOUT_MS })).json();
  }

  private secretOf(issuer: string, { client_secret: secret }: IntrospectionDefinition): string {
    if (typeof secret === 'string') return secret;
    return secret === undefined ? '' : this.secrets.open(secret.sealed, secretContext(issuer));
  }
}

/** What an issuer's secret is bound to. */
export function secretContext(issuer: string): string {
  return `issuer ${issuer}`;
}

/** RFC 6749 §2.3.1: both are form-encoded first. */
function basic(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${encoded(id)}:${encoded(secret)}`).toString('base64')}`;
}

function encoded(text: string): string {
  return new URLSearchParams({ x: text }).toString().slice(2);
}
