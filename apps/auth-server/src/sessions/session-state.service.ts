import { createHash } from 'node:crypto';
import { newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import type { LoginSession } from './sessions.service.js';

/** `session_state` (OpenID Connect Session Management §2): by it an application notices that the login has changed. */
@Injectable()
export class SessionState {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** The member of an authentication response; none where session management is off, or the client has no origin. */
  of(clientId: string, redirectUri: string, session: LoginSession): { session_state?: string } {
    const { origin } = new URL(redirectUri);
    if (!this.config.sessionManagement || origin === 'null') return {};
    const salt = newSecret().slice(0, 16);
    const text = `${clientId} ${origin} ${session.browserState} ${salt}`;
    return { session_state: `${createHash('sha256').update(text).digest('base64url')}.${salt}` };
  }
}
