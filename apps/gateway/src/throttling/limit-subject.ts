import { createHash } from 'node:crypto';
import { addressGroup } from '@gatehouse/throttling';
import type { Call } from '../calls/call.js';
import { OWN_ISSUER } from '../tokens/issuer-definition.js';

/** Who a call is counted for, as the end of a counter's key. */
export type SubjectOf = (call: Call) => string;

/** Longer values are told apart by their hash: what callers send must not make keys of any size. */
const LONGEST = 100;

/**
 * Who calls are counted for. Where nobody is known by the name that is asked for, a less exact one stands in: for a consumer
 * the client, for that and for everything else the address.
 */
export function subjectOf(by: string | readonly string[], ipv6Prefix: number): SubjectOf {
  if (typeof by === 'string') return single(by, ipv6Prefix);
  const parts = by.map((one) => single(one, ipv6Prefix));
  if (parts.length === 1) return parts[0]!;
  // Encoded, so that no value of one part looks like the next part.
  return (call) => parts.map((part) => encodeURIComponent(part(call))).join('&');
}

function single(by: string, ipv6Prefix: number): SubjectOf {
  const address: SubjectOf = (call) => `address:${addressGroup(call.ip, ipv6Prefix)}`;
  const [kind, name] = splitOnce(by);
  switch (kind) {
    case 'route':
      return () => 'all';
    case 'address':
      return address;
    case 'header':
      return ofHeader(name.toLowerCase(), address);
    case 'claim':
      return ofClaim(name, address);
    case 'user':
      return (call) => namedUser(call) ?? address(call);
    case 'client':
      return (call) => namedClient(call) ?? address(call);
    default:
      return (call) => namedCaller(call) ?? address(call);
  }
}

/** The consumer, or else the client, or else the user; undefined: nobody is known by name. */
export function namedCaller({ caller }: Pick<Call, 'caller'>): string | undefined {
  return named('consumer', caller.consumer) ?? namedClient({ caller }) ?? namedUser({ caller });
}

export function namedClient({ caller: { clientId, issuer } }: Pick<Call, 'caller'>): string | undefined {
  return named(atIssuer('client', issuer), clientId);
}

export function namedUser({ caller: { subject, issuer } }: Pick<Call, 'caller'>): string | undefined {
  return named(atIssuer('user', issuer), subject);
}

/** What an issuer says is unique at that issuer alone: a namesake elsewhere must not use up what is somebody else's. */
function atIssuer(kind: string, issuer: string = OWN_ISSUER): string {
  return issuer === OWN_ISSUER ? kind : `${kind}@${encodeURIComponent(issuer)}`;
}

function ofHeader(field: string, otherwise: SubjectOf): SubjectOf {
  return (call) => {
    const value = call.headers[field];
    return named('header', Array.isArray(value) ? value.join(',') : value) ?? otherwise(call);
  };
}

function ofClaim(claim: string, otherwise: SubjectOf): SubjectOf {
  return (call) => {
    const { claims, issuer } = call.caller;
    const value = claims?.[claim];
    const text = typeof value === 'object' ? JSON.stringify(value) : value;
    const known = text === undefined || text === null ? undefined : String(text);
    return named(atIssuer('claim', issuer), known) ?? otherwise(call);
  };
}

/** Undefined where there is no value. */
export function named(kind: string, value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (value.length <= LONGEST) return `${kind}:${value}`;
  return `${kind}#${createHash('sha256').update(value).digest('base64url')}`;
}

function splitOnce(by: string): [kind: string, name: string] {
  const colon = by.indexOf(':');
  return colon < 0 ? [by, ''] : [by.slice(0, colon), by.slice(colon + 1)];
}
