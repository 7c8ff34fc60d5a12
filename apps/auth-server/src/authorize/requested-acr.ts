import { meetsAcr, isOffered } from '../acr/acr.js';
import { type ClaimsRequest, valuesOf } from './claims-request.js';

/** How the person is to be authenticated: `acr_values`, or the `acr` claim. */
export interface RequestedAcr {
  /** Any of them will do. */
  readonly values: readonly string[];
  /** Whether the request fails where none can be met (OpenID Connect Core §5.5.1.1, RFC 9470 §5). */
  readonly essential: boolean;
}

const MOST = 20;

export function readAcr(
  acrValues: string | undefined,
  claims: ClaimsRequest | undefined,
): RequestedAcr | undefined {
  const claim = claims?.id_token?.acr;
  const asked = valuesOf(claim);
  // An essential acr without values is met by telling whatever it was.
  if (asked.length > 0) return { values: asked.slice(0, MOST), essential: claim?.essential === true };
  const values = (acrValues ?? '').split(' ').filter(Boolean).slice(0, MOST);
  return values.length === 0 ? undefined : { values, essential: false };
}

export function isMet(asked: RequestedAcr | undefined, amr: readonly string[]): boolean {
  return asked === undefined || asked.values.some((acr) => meetsAcr(amr, acr));
}

/** Whether signing in here could meet it. */
export function canBeMet(asked: RequestedAcr): boolean {
  return asked.values.some(isOffered);
}
