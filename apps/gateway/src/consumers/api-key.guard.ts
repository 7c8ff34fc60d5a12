import { Problem } from '@gatehouse/http';
import { hashOf } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { IncomingCall } from '../calls/incoming-call.js';
import { type Caller, type Consumed, type RouteGuard, RouteGuardType } from '../guards/route-guard.js';
import type { Credential } from './consumer-index.js';
import { Consumers } from './consumers.service.js';
import { credentialHeader } from './credential-header.js';
import { demandScopes, matchesScopes, NO_SCOPES, scopeSettings } from './demand-scopes.js';
import { PersonalKeys } from './personal-keys/personal-keys.service.js';

const settings = z
  .strictObject({
    header: credentialHeader.default('x-api-key').describe('The header field that has the key'),
    scheme: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9-]{0,31}$/, 'must be an authentication scheme (RFC 9110 §11.1)')
      .optional()
      .describe('What stands before the key in the field, as Bearer; left out: nothing'),
    query: z
      .string()
      .regex(/^[A-Za-z0-9_.~-]{1,64}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, - . _ ~')
      .optional()
      .describe(
        'A query parameter that may have the key, too; logs and browsers keep queries. Left out: none',
      ),
    personal_keys: z
      .boolean()
      .default(false)
      .describe('Whether keys will do that members of teams made for themselves'),
    ...scopeSettings,
  })
  .refine(({ header, scheme }) => header !== 'authorization' || scheme !== undefined, {
    path: ['scheme'],
    message: 'must be there with the header authorization (RFC 9110 §11.6.2)',
  })
  .refine(matchesScopes, NO_SCOPES);

export type ApiKeySettings = z.output<typeof settings>;

const MAX_KEY = 1_024;

/** `{"type": "api_key"}`: a key of a consumer. */
@Injectable()
@RouteGuardType('api_key')
export class ApiKeyGuard implements RouteGuard<ApiKeySettings> {
  readonly settings = settings as z.ZodType<ApiKeySettings>;

  constructor(
    private readonly consumers: Consumers,
    private readonly personalKeys: PersonalKeys,
  ) {}

  check(call: IncomingCall, from: ApiKeySettings): Caller {
    const key = keyOf(call, from);
    if (key === undefined) throw refusal(from, `This API needs a key, in the header ${from.header}.`);
    const credential = key.length > MAX_KEY ? undefined : this.find(hashOf(key), from);
    // Which of these it is, is told to nobody who may be guessing.
    if (!credential || credential.until <= Date.now()) {
      throw refusal(from, 'The API key is unknown, has expired or is disabled.');
    }
    demandScopes(credential.caller, from);
    return credential.caller;
  }

  private find(hash: string, { personal_keys: personal }: ApiKeySettings): Credential | undefined {
    return this.consumers.index.apiKeys.get(hash) ?? (personal ? this.personalKeys.find(hash) : undefined);
  }

  consumes({ header, query }: ApiKeySettings): Consumed {
    return { headers: [header], query: query === undefined ? [] : [query] };
  }
}

/** @throws Problem 400 when the call has two */
function keyOf(call: IncomingCall, { header, scheme, query }: ApiKeySettings): string | undefined {
  const inHeader = withoutScheme(call.headers[header], scheme);
  const inQuery = query === undefined ? undefined : parameterOf(call.url, query);
  if (inHeader !== undefined && inQuery !== undefined) {
    throw new Problem(400, 'The call has two API keys: in a header, and in the query.');
  }
  return inHeader ?? inQuery;
}

function withoutScheme(value: string | string[] | undefined, scheme: string | undefined): string | undefined {
  // Several fields of one name: none of them is the key.
  if (typeof value !== 'string' || value === '') return undefined;
  if (scheme === undefined) return value;
  const isOfScheme = value.slice(0, scheme.length).toLowerCase() === scheme.toLowerCase();
  return isOfScheme && value[scheme.length] === ' ' ? value.slice(scheme.length).trim() : undefined;
}

function parameterOf(url: string, name: string): string | undefined {
  const mark = url.indexOf('?');
  if (mark < 0) return undefined;
  const values = new URLSearchParams(url.slice(mark)).getAll(name);
  if (values.length > 1) throw new Problem(400, `The query has ${name} more than once.`);
  return values[0] || undefined;
}

function refusal({ header, scheme }: ApiKeySettings, detail: string): Problem {
  const challenge = header === 'authorization' ? scheme! : `ApiKey header="${header}"`;
  return new Problem(401, detail, { headers: { 'www-authenticate': challenge } });
}
