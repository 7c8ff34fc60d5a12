import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Call } from '../calls/call.js';
import { CONFIG, type Config } from '../config.js';
import type { Caller } from '../guards/route-guard.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policies/policy.js';
import { IdentityKeys } from './identity-keys.js';
import { isOwnField, upstreamHeader } from './upstream-header.js';

/** What the gateway says itself, and no claim of a token may say in its place. */
const OWN_CLAIMS = [
  'iss',
  'sub',
  'aud',
  'exp',
  'nbf',
  'iat',
  'jti',
  'client_id',
  'scope',
  'idp',
  'consumer',
  'cnf',
];
const REMEMBERED = 10_000;

const settings = z.strictObject({
  audience: z.string().min(1).max(500).describe('Who the JWT is for: what the upstream asks `aud` to be'),
  header: upstreamHeader.default('x-gatehouse-identity').describe('The header that has it'),
  lifetime: z.int().min(10).max(600).default(60).describe('Seconds; used again for half of them'),
  claims: z
    .array(z.string().min(1).max(200))
    .max(30)
    .default([])
    .refine((names) => !names.some((name) => OWN_CLAIMS.includes(name)), {
      error: `must not name what the gateway says itself: ${OWN_CLAIMS.join(', ')}`,
    })
    .describe("Claims of the caller's token that are told, too"),
});

type IdentityJwtSettings = z.output<typeof settings>;

interface Signed {
  readonly jwt: string;
  readonly until: number;
}

/** `{"type": "identity_jwt", "audience": …}`: tells the upstream who calls, in a JWT that it can verify. */
@Injectable()
@Policy('identity_jwt')
export class IdentityJwt implements PolicyType<IdentityJwtSettings> {
  readonly settings = settings as z.ZodType<IdentityJwtSettings>;
  readonly keys: IdentityKeys;
  private readonly issuer: string;
  private readonly signed = new LRUCache<string, Signed>({ max: REMEMBERED });

  constructor(@Inject(CONFIG) { secret, gatewayUrl }: Config) {
    this.keys = new IdentityKeys(secret);
    this.issuer = gatewayUrl;
  }

  create({ audience, header, lifetime, claims }: IdentityJwtSettings): PolicyHooks {
    return {
      onRequest: ({ caller }: Call, { headers }) => {
        // Whatever the caller itself wrote there, in any spelling.
        if (!isOwnField(header)) headers.deleteSpellings(header);
        const said = whoCalls(caller, claims);
        if (said) headers.set(header, this.tokenOf({ ...said, aud: audience }, lifetime));
      },
    };
  }

  private tokenOf(said: object, lifetime: number): string {
    const key = `${lifetime} ${JSON.stringify(said)}`;
    const now = Date.now();
    const known = this.signed.get(key);
    if (known && now < known.until) return known.jwt;
    const iat = Math.floor(now / 1000);
    const jwt = this.keys.sign({ iss: this.issuer, ...said, iat, exp: iat + lifetime }, 'identity+jwt', now);
    this.signed.set(key, { jwt, until: now + lifetime * 500 });
    return jwt;
  }
}

/** Undefined where nobody is known. */
function whoCalls(caller: Caller, names: readonly string[]): object | undefined {
  const { subject, clientId, scopes, issuer, consumer, name, email, username, claims = {} } = caller;
  const sub = subject ?? consumer ?? clientId;
  if (sub === undefined) return undefined;
  const copied = names.filter((one) => Object.hasOwn(claims, one)).map((one) => [one, claims[one]]);
  return {
    name,
    email,
    preferred_username: username,
    ...Object.fromEntries(copied),
    sub,
    idp: issuer,
    client_id: clientId,
    consumer,
    scope: scopes?.join(' '),
  };
}
