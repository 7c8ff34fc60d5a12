import type { IncomingHttpHeaders } from 'node:http';
import { bearerToken } from '@gatehouse/token';
import { AiProblem } from './errors/ai-problem.js';

/** Where SDKs say who calls: Anthropic's and Google's have fields of their own. */
const OWN_FIELDS = ['x-api-key', 'x-goog-api-key'] as const;

/**
 * Whichever field an SDK sends its key in, guards find it as a bearer token and in `x-api-key`.
 * @throws AiProblem 400 where there are two keys that differ: who calls would depend on the guard
 */
export function readSdkCredential(headers: IncomingHttpHeaders): void {
  const { authorization } = headers;
  const sent = new Set(OWN_FIELDS.flatMap((name) => headers[name] ?? []));
  if (authorization !== undefined) {
    const bearer = bearerToken(authorization);
    if (bearer !== undefined) sent.add(bearer);
    else if (sent.size > 0) throw twoCredentials();
  }
  if (sent.size > 1) throw twoCredentials();
  const [credential] = sent;
  if (credential === undefined) return;
  headers.authorization = `Bearer ${credential}`;
  headers['x-api-key'] = credential;
}

function twoCredentials(): AiProblem {
  const detail = 'The call has two different credentials, in Authorization, x-api-key or x-goog-api-key.';
  return new AiProblem(400, detail, 'invalid_request');
}
