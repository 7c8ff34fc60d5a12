/** Paths the gateway answers itself, or might answer one day. */
const RESERVED = /^\/(?:\.gatehouse|\.well-known\/oauth-protected-resource|admin|health)(?:\/|$)/;

/** Whether a path belongs to the gateway itself, so that no route may have it. */
export function isOwnPath(path: string): boolean {
  return RESERVED.test(path);
}
