import { createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from '@gatehouse/http';
import { Store } from '@gatehouse/store';
import { hashOf } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { BodyCheck } from '../../calls/body-check.js';
import { Call } from '../../calls/call.js';
import { hasBody } from '../../calls/has-body.js';
import type { IncomingCall } from '../../calls/incoming-call.js';
import { spend } from '../../calls/spend.js';
import { type Caller, type Consumed, type RouteGuard, RouteGuardType } from '../../guards/route-guard.js';
import type { SigningCredential } from '../consumer-index.js';
import { Consumers } from '../consumers.service.js';
import { demandScopes, matchesScopes, NO_SCOPES, scopeSettings } from '../demand-scopes.js';
import { contentDigestCheck } from './content-digest.js';
import {
  type Fields,
  fieldsOf,
  type MessageSignature,
  signatureBase,
  SignatureError,
  signaturesOf,
} from './message-signature.js';

const DERIVED = new Set([
  '@method',
  '@target-uri',
  '@authority',
  '@scheme',
  '@request-target',
  '@path',
  '@query',
]);

const component = z
  .string()
  .max(100)
  .refine((name) => DERIVED.has(name) || /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name), {
    message: `must be a header field in lower case, or one of ${[...DERIVED].join(', ')}`,
  });

/** The most that a route may say: a nonce that one has seen is used up for all, however long they take a signature. */
const LONGEST_S = 3_600;
const MOST_SKEW_S = 300;

const settings = z
  .strictObject({
    components: z
      .array(component)
      .min(1)
      .max(30)
      .default(['@method', '@authority', '@path', '@query'])
      .describe('What must be signed'),
    content_digest: z
      .boolean()
      .default(true)
      .describe('Whether a body must have a Content-Digest (RFC 9530) that is signed'),
    max_age: z.int().min(1).max(LONGEST_S).default(300).describe('Seconds for which a signature is good'),
    clock_skew: z.int().min(0).max(MOST_SKEW_S).default(5).describe('Seconds by which clocks may differ'),
    require_nonce: z
      .boolean()
      .default(true)
      .describe('Whether each signature must have a nonce, so that it is good for one call'),
    tag: z
      .string()
      .regex(/^[\x20\x21\x23-\x5B\x5D-\x7E]{1,100}$/, 'must be 1 to 100 printable characters')
      .optional()
      .describe('The `tag` that the signature must have; left out: any, or none'),
    ...scopeSettings,
  })
  .refine(matchesScopes, NO_SCOPES);

export type HttpSignatureSettings = z.output<typeof settings>;

const ALGORITHM = 'hmac-sha256';

/** `{"type": "http_signature"}`: a request signed with a key of a consumer (RFC 9421, hmac-sha256). */
@Injectable()
@RouteGuardType('http_signature')
export class HttpSignatureGuard implements RouteGuard<HttpSignatureSettings> {
  readonly settings = settings as z.ZodType<HttpSignatureSettings>;

  constructor(
    private readonly consumers: Consumers,
    private readonly store: Store,
  ) {}

  check(call: IncomingCall, from: HttpSignatureSettings): Promise<Caller> | Caller {
    const fields = fieldsOf(call);
    const { signature, credential } = this.find(fields, from);
    try {
      demandFresh(signature, from);
      demandComponents(signature, call, from);
      demandValid(signature, credential, signatureBase(call, fields, signature));
    } catch (error) {
      throw error instanceof SignatureError ? refusal(from, `${error.message}.`) : error;
    }
    demandScopes(credential.caller, from);
    if (signature.components.includes('"content-digest"')) checkBody(call, fields['content-digest']!);
    return signature.nonce === undefined ? credential.caller : this.spend(call, signature, credential, from);
  }

  consumes(): Consumed {
    return { headers: ['signature', 'signature-input'] };
  }

  /** The first signature of a key that we know: others may be there for others. */
  private find(fields: Fields, from: HttpSignatureSettings) {
    let all: MessageSignature[];
    try {
      all = signaturesOf(fields);
    } catch (error) {
      throw error instanceof SignatureError ? refusal(from, `${error.message}.`) : error;
    }
    if (all.length === 0) throw refusal(from, 'This API needs a signature of the request (RFC 9421).');
    const now = Date.now();
    for (const signature of all) {
      if (from.tag !== undefined && signature.tag !== from.tag) continue;
      const credential = this.consumers.index.signingKeys.get(signature.keyId);
      if (credential && credential.until > now) return { signature, credential };
    }
    throw refusal(
      from,
      'The key of the signature is unknown, has expired or is disabled, or its tag is another.',
    );
  }

  /** A nonce is good once, for as long as the signature could be: only now, so that nobody else can use it up. */
  private async spend(
    call: IncomingCall,
    { keyId, nonce, created }: MessageSignature,
    { caller }: SigningCredential,
    from: HttpSignatureSettings,
  ): Promise<Caller> {
    const left = created + LONGEST_S + 2 * MOST_SKEW_S - Math.floor(Date.now() / 1_000);
    const key = `signature-nonce:${hashOf(`${keyId} ${nonce}`)}`;
    const isNew = await spend(this.store, call, key, left + 1);
    if (!isNew) throw refusal(from, 'The nonce of the signature was used before.');
    return caller;
  }
}

function demandFresh(
  { created, expires, nonce, algorithm }: MessageSignature,
  from: HttpSignatureSettings,
): void {
  const now = Date.now() / 1_000;
  if (created > now + from.clock_skew) throw new SignatureError('The signature was created in the future');
  if (created + from.max_age + from.clock_skew < now || (expires ?? Infinity) + from.clock_skew < now) {
    throw new SignatureError('The signature is too old');
  }
  if (from.require_nonce && nonce === undefined) throw new SignatureError('The signature has no nonce');
  if (algorithm !== undefined && algorithm !== ALGORITHM) {
    throw new SignatureError(`The algorithm must be ${ALGORITHM}`);
  }
}

/** Each as it is, without parameters: `"@method";req` is another one (RFC 9421 §2.4). */
function demandComponents(
  { components }: MessageSignature,
  call: IncomingCall,
  { components: required, content_digest: digest }: HttpSignatureSettings,
): void {
  const wanted = digest && hasBody(call) ? [...required, 'content-digest'] : required;
  const missing = wanted.filter((name) => !components.includes(`"${name}"`));
  if (missing.length > 0) throw new SignatureError(`The signature does not cover ${missing.join(', ')}`);
  // A field that Connection names ends here: the upstream would get less than what was signed.
  const named = (call.headers.connection ?? '').toLowerCase().split(',');
  const stripped = named.map((name) => name.trim()).filter((name) => components.includes(`"${name}"`));
  if (stripped.length > 0)
    throw new SignatureError(`Connection names ${stripped.join(', ')}, which is signed`);
}

function demandValid({ value }: MessageSignature, { keys }: SigningCredential, base: Buffer): void {
  const now = Date.now();
  const good = keys.some(({ key, until }) => {
    const expected = createHmac('sha256', key).update(base).digest();
    return until > now && expected.length === value.length && timingSafeEqual(expected, value);
  });
  if (!good) throw new SignatureError('The signature is wrong');
}

function checkBody(call: IncomingCall, digest: readonly string[]): void {
  const check = contentDigestCheck(digest.join(', '));
  // Requests of the gateway's own endpoints are no calls; they have no body to be forwarded.
  if (call instanceof Call) call.bodyCheck = call.bodyCheck ? both(call.bodyCheck, check) : check;
}

function both(one: BodyCheck, other: BodyCheck): BodyCheck {
  return {
    update(chunk) {
      one.update(chunk);
      other.update(chunk);
    },
    end() {
      one.end();
      other.end();
    },
  };
}

/** RFC 9421 §5.1: what would be taken is said by Accept-Signature. */
function refusal({ components, require_nonce: nonce, tag }: HttpSignatureSettings, detail: string): Problem {
  const list = components.map((name) => `"${name}"`).join(' ');
  const parameters = `;created;keyid;alg="${ALGORITHM}"${nonce ? ';nonce' : ''}${tag === undefined ? '' : `;tag="${tag}"`}`;
  const headers = { 'www-authenticate': 'Signature', 'accept-signature': `sig=(${list})${parameters}` };
  return new Problem(401, detail, { headers });
}
