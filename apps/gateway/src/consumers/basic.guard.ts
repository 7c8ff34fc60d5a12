import { Problem } from '@gatehouse/http';
import { type Hash, matchesHash } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { IncomingCall } from '../calls/incoming-call.js';
import { type Caller, type RouteGuard, RouteGuardType } from '../guards/route-guard.js';
import { Consumers } from './consumers.service.js';
import { demandScopes, matchesScopes, NO_SCOPES, scopeSettings } from './demand-scopes.js';

const settings = z
  .strictObject({
    realm: z
      .string()
      .regex(
        /^[\x20\x21\x23-\x5B\x5D-\x7E]{1,100}$/,
        'must be 1 to 100 printable characters, without " and \\',
      )
      .default('Gatehouse')
      .describe('What browsers show when they ask for the password'),
    ...scopeSettings,
  })
  .refine(matchesScopes, NO_SCOPES);

export type BasicSettings = z.output<typeof settings>;

/** RFC 9110 §11.4: the scheme is compared without case; what follows is base64. */
const BASIC = /^basic +([A-Za-z0-9+/]{1,1400}={0,2}) *$/i;

/** `{"type": "basic"}`: user name and password of a consumer (RFC 7617). */
@Injectable()
@RouteGuardType('basic')
export class BasicGuard implements RouteGuard<BasicSettings> {
  readonly settings = settings as z.ZodType<BasicSettings>;

  constructor(private readonly consumers: Consumers) {}

  check({ headers }: IncomingCall, from: BasicSettings): Caller {
    const { authorization } = headers;
    if (authorization === undefined) throw refusal(from, 'This API needs a user name and a password.');
    const pair = BASIC.exec(authorization)?.[1];
    const text = pair === undefined ? '' : Buffer.from(pair, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    const known = colon < 0 ? undefined : this.consumers.index.passwords.get(text.slice(0, colon));
    const now = Date.now();
    const password = text.slice(colon + 1);
    const good = known?.passwords.some((one) => matchesHash(password, one.sha256 as Hash) && one.until > now);
    if (!good || known!.until <= now) {
      throw refusal(from, 'The user name or the password is wrong, has expired or is disabled.');
    }
    demandScopes(known!.caller, from);
    return known!.caller;
  }
}

function refusal({ realm }: BasicSettings, detail: string): Problem {
  const challenge = `Basic realm="${realm}", charset="UTF-8"`;
  return new Problem(401, detail, { headers: { 'www-authenticate': challenge } });
}
