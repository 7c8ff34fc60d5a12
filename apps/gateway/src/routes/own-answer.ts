import { Problem } from '@gatehouse/http';
import type { Answer } from '../calls/answer.js';
import type { Call } from '../calls/call.js';
import type { IncomingCall } from '../calls/incoming-call.js';
import { HeaderList } from '../calls/header-list.js';
import { addressList } from '../guards/address-list.js';
import type { MaintenanceDefinition, RedirectDefinition, RespondDefinition } from './answer-definition.js';
import type { Route } from './route-table.js';

type OwnAnswer = (call: Call) => Answer;

export function compileRespond({ status, headers, body }: RespondDefinition): OwnAnswer {
  const pairs = Object.entries(headers).flat();
  if (body !== undefined && headers['content-type'] === undefined) {
    pairs.push('content-type', 'text/plain; charset=utf-8');
  }
  const bytes = body === undefined ? null : Buffer.from(body);
  return () => ({ status, headers: new HeaderList([...pairs]), body: bytes });
}

/** @param forwardedPath what the route makes of the path */
export function compileRedirect(
  definition: RedirectDefinition,
  forwardedPath: Route['forwardedPath'],
): OwnAnswer {
  const { status, keep_query: keepQuery } = definition;
  const originOf = compileOrigin(definition);
  return (call) => {
    const location = originOf(call) + forwardedPath(call) + (keepQuery ? call.query : '');
    return { status, headers: new HeaderList(['location', location]), body: null };
  };
}

/** Where nothing of the origin changes, the location is a path: it suits whatever stands before the gateway. */
function compileOrigin({ scheme, host, port }: RedirectDefinition): (call: Call) => string {
  if (scheme === undefined && host === undefined && port === undefined) return () => '';
  const authorityEnd = port === undefined ? '' : `:${port}`;
  return (call) => {
    const name = host ?? call.hostname;
    if (name === '') throw new Problem(400, 'The request names no host.');
    return `${scheme ?? call.protocol}://${name}${authorityEnd}`;
  };
}

/** Who may go on while an API is maintained. @throws Problem 503 for everybody else */
export function compileMaintenance({ retry_after: retryAfter, detail, allow = [] }: MaintenanceDefinition) {
  const allowed = addressList.parse(allow);
  return ({ ip }: Pick<IncomingCall, 'ip'>): void => {
    if (allowed.has(ip)) return;
    throw new Problem(503, detail, { headers: { 'retry-after': String(retryAfter) } });
  };
}
