import type { CallerToken } from './caller-token.js';

export type RevocationKind = 'jti' | 'grant' | 'client' | 'user' | 'key';

/** An entry of the auth-server's revocation feed; times in epoch seconds. */
export interface RevocationEntry {
  readonly id: number;
  readonly kind: RevocationKind;
  readonly value: string;
  readonly before: number;
  readonly exp: number;
}

interface Denied {
  readonly before: number;
  readonly exp: number;
}

/** What is revoked, kept until the last token it names has expired. */
export class DenyList {
  private readonly denied: Record<RevocationKind, Map<string, Denied>> = {
    jti: new Map(),
    grant: new Map(),
    client: new Map(),
    user: new Map(),
    key: new Map(),
  };

  add(entry: RevocationEntry): void {
    const known = this.denied[entry.kind]?.get(entry.value);
    this.denied[entry.kind]?.set(entry.value, {
      before: Math.max(entry.before, known?.before ?? 0),
      exp: Math.max(entry.exp, known?.exp ?? 0),
    });
  }

  /** @param token of the auth-server itself */
  denies({ claims, kid, subject = '', clientId = '' }: CallerToken): boolean {
    const { jti, grant, client, user, key } = this.denied;
    if (jti.has(claims.jti as string) || grant.has(claims.grant_id as string)) return true;
    const iat = claims.iat as number;
    return (
      iat < (client.get(clientId)?.before ?? 0) ||
      iat < (user.get(subject)?.before ?? 0) ||
      iat < (key.get(kid)?.before ?? 0)
    );
  }

  /** Forgets what no living token can have. */
  purge(now: number): void {
    for (const entries of Object.values(this.denied)) {
      for (const [value, { exp }] of entries) if (exp < now) entries.delete(value);
    }
  }
}
