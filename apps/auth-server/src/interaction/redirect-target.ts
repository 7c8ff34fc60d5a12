import { isLoopback } from '@gatehouse/client';

/**
 * Where the forms of an interaction may end, for `form-action`. Browsers hold every redirect after a post to it, also
 * the ones that the client makes from its callback to wherever its pages are; so it names the redirect URI's origin,
 * and lets the client go on to https, or on a developer's machine to other ports.
 */
export function formTargets(redirectUri: string): string[] {
  const url = new URL(redirectUri);
  if (isLoopback(url)) {
    // There is no way to write an IPv6 address in a Content-Security-Policy.
    const origin = url.hostname.startsWith('[') ? 'http:' : url.origin;
    return [origin, 'http://localhost:*', 'http://127.0.0.1:*', 'https:'];
  }
  return [url.protocol === 'https:' ? url.origin : url.protocol, 'https:'];
}

/** The same for people: whom the answer goes to. Unlike the client's name, nobody can choose it freely. */
export function destination(redirectUri: string): string {
  const url = new URL(redirectUri);
  if (isLoopback(url)) return `an application on this device (${url.host})`;
  return url.protocol === 'https:' ? url.host : `the application for ${url.protocol} links on this device`;
}
