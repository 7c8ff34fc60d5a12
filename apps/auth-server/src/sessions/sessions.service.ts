import { Store } from '@gatehouse/store';
import { hashOf, newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';

/** How long a person stays signed in at this server. */
export const SESSION_LIFETIME_S = 8 * 3_600;

/** A person signed in, in one browser. */
export interface LoginSession {
  readonly userId: string;
  /** When they proved who they are, in epoch seconds (OpenID Connect Core §2, `auth_time`). */
  readonly authTime: number;
  /** How (RFC 8176). */
  readonly amr: readonly string[];
}

/** Login sessions, kept under the hash of the cookie's secret. */
@Injectable()
export class SessionsService {
  constructor(@Inject(Store) private readonly store: Store) {}

  /** @returns the secret for the cookie: new at every login, so that none planted before it is worth anything */
  async create(userId: string, amr: readonly string[]): Promise<string> {
    const secret = newSecret();
    const session: LoginSession = { userId, authTime: Math.floor(Date.now() / 1000), amr };
    await this.store.set(keyOf(secret), JSON.stringify(session), SESSION_LIFETIME_S);
    return secret;
  }

  async find(secret: string | undefined): Promise<LoginSession | undefined> {
    const found = secret === undefined ? undefined : await this.store.get(keyOf(secret));
    return found === undefined ? undefined : (JSON.parse(found) as LoginSession);
  }

  async end(secret: string | undefined): Promise<void> {
    if (secret !== undefined) await this.store.delete(keyOf(secret));
  }
}

function keyOf(secret: string): string {
  return `session:${hashOf(secret)}`;
}
