/** How a cookie of this product is set: never readable by scripts, `__Host-` and Secure where the site is https. */
export interface CookieSite {
  readonly secure: boolean;
  /** `none`: sent from frames in pages of other sites, too; browsers take it with `secure` only. Default `lax`. */
  readonly sameSite?: 'lax' | 'none';
}

/** `gh_as_session` on http, `__Host-gh_as_session` on https (RFC 6265bis §4.1.3.2). */
export function cookieName(name: string, site: CookieSite): string {
  return site.secure ? `__Host-${name}` : name;
}

/**
 * A `Set-Cookie` value. SameSite is Lax by default: the way back from another site's login must find its cookie.
 * @param maxAge seconds; 0 deletes; undefined ends with the browser
 */
export function serializeCookie(name: string, value: string, site: CookieSite, maxAge?: number): string {
  const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  const sameSite = site.sameSite === 'none' ? 'None' : 'Lax';
  return `${cookieName(name, site)}=${value}; Path=/; HttpOnly; SameSite=${sameSite}${site.secure ? '; Secure' : ''}${age}`;
}

/** The value of one cookie of a `Cookie` header; values this product sets need no decoding (base64url). */
export function readCookie(header: string | undefined, name: string, site: CookieSite): string | undefined {
  if (!header) return undefined;
  const wanted = `${cookieName(name, site)}=`;
  for (const part of header.split(';')) {
    const pair = part.trim();
    if (pair.startsWith(wanted)) return pair.slice(wanted.length);
  }
  return undefined;
}

/**
 * As `serializeCookie`, of a value that is no secret: scripts of this site read it, also in a frame of another site, for
 * which browsers want `SameSite=None` and https.
 */
export function serializeSharedCookie(name: string, value: string, site: CookieSite, maxAge: number): string {
  const sameSite = site.secure ? 'SameSite=None; Secure' : 'SameSite=Lax';
  return `${cookieName(name, site)}=${value}; Path=/; ${sameSite}; Max-Age=${maxAge}`;
}
