/** An API of this server. */
export interface ProtectedResource {
  /** Its identifier: the `aud` of its tokens. */
  readonly resource: string;
  /** Under the issuer. */
  readonly path: string;
  readonly scopes: readonly string[];
  readonly name: string;
}

/** This server's own APIs. */
export function protectedResources(issuer: string): ProtectedResource[] {
  return [
    { path: '', scopes: ['openid', 'profile', 'email'], name: 'UserInfo' },
    { path: '/admin/v1', scopes: ['admin'], name: 'Gatehouse administration' },
    { path: '/internal', scopes: ['revocations', 'introspect'], name: 'Gatehouse gateway service' },
  ].map((one) => ({ ...one, resource: `${issuer}${one.path}` }));
}

/** Where a resource's metadata is: between host and path of its identifier (RFC 9728 §3.1). */
export function resourceMetadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource);
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`;
}
