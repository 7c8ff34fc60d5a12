import { isLoopbackHost, isPrivateHost } from '@gatehouse/guarded-fetch';

/**
 * Whether an address that an issuer's metadata name may be in a private network: at the issuer's own host, where the
 * administrator sent us, or anywhere for an issuer on this machine. Any other is asked at public addresses only, or an issuer
 * could have the gateway ask what only the gateway can reach (SSRF).
 */
export function isAtIssuer(issuer: string, url: string): boolean {
  const { hostname } = new URL(issuer);
  return isLoopbackHost(hostname) || new URL(url).hostname === hostname;
}

/** Why an address of an issuer's metadata is not used, as far as that can be told without asking DNS. */
export function endpointFault(issuer: string, url: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  const onThisMachine = isLoopbackHost(new URL(issuer).hostname) && isLoopbackHost(hostname);
  if (protocol !== 'https:' && !onThisMachine) return 'must be https';
  return isPrivateHost(hostname) && !isAtIssuer(issuer, url) ? 'must not be private' : undefined;
}
