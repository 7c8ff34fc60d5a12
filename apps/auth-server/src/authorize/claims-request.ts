import { OAuthError } from '@gatehouse/http';
import { z } from 'zod';

const MOST = 100;

const member = z
  .looseObject({
    essential: z.boolean().optional(),
    value: z.unknown().optional(),
    values: z.array(z.unknown()).max(MOST).optional(),
  })
  .nullable();

const members = z
  .record(z.string().max(200), member)
  .refine((all) => Object.keys(all).length <= MOST)
  .nullish();

const schema = z.looseObject({ id_token: members, userinfo: members });

/** How one claim is asked for (OpenID Connect Core §5.5.1). */
export type ClaimRequest = z.output<typeof member>;

/** The `claims` parameter (OpenID Connect Core §5.5): what is to be told in the ID Token, and at /userinfo. */
export interface ClaimsRequest {
  readonly id_token?: Readonly<Record<string, ClaimRequest>>;
  readonly userinfo?: Readonly<Record<string, ClaimRequest>>;
}

/** @throws OAuthError invalid_request */
export function readClaims(value: string | undefined): ClaimsRequest | undefined {
  if (value === undefined) return undefined;
  const result = schema.safeParse(parsed(value));
  if (!result.success)
    throw new OAuthError('invalid_request', 'claims is malformed (OpenID Connect Core section 5.5)');
  const { id_token: idToken, userinfo } = result.data;
  return { ...(idToken ? { id_token: idToken } : {}), ...(userinfo ? { userinfo } : {}) };
}

/**
 * Without the claims that nobody here knows: OpenID Connect Core §5.5.1 lets them be left out, and at consent a person
 * reads no words that a client made up.
 */
export function withoutUnknown(claims: ClaimsRequest, known: ReadonlySet<string>): ClaimsRequest {
  const kept = Object.entries(claims).map(([place, members]) => [
    place,
    Object.fromEntries(Object.entries(members as object).filter(([name]) => known.has(name))),
  ]);
  return Object.fromEntries(kept) as ClaimsRequest;
}

/** The claims that are asked for by name. */
export function namesOf(requests: Readonly<Record<string, ClaimRequest>> | undefined): readonly string[] {
  return Object.keys(requests ?? {});
}

/** The values that would do, in the order of preference; none when any would. */
export function valuesOf(request: ClaimRequest | undefined): readonly string[] {
  const { value, values = [] } = request ?? {};
  return [value, ...values].filter((one) => typeof one === 'string');
}

/**
 * The one `sub` that may answer (OpenID Connect Core §5.5.1).
 * @throws OAuthError invalid_request when two are named
 */
export function subjectOf(claims: ClaimsRequest | undefined): string | undefined {
  const asked = [claims?.id_token?.sub, claims?.userinfo?.sub].flatMap(valuesOf);
  if (new Set(asked).size <= 1) return asked[0];
  throw new OAuthError('invalid_request', 'claims asks for the sub of two users');
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
