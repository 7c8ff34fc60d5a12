import { randomBytes } from 'node:crypto';
import session, { type SessionData } from 'express-session';
import { LRUCache } from 'lru-cache';

const MOST_SESSIONS = 1000;
const LIFETIME_MS = 8 * 3600 * 1000;

/** Sessions in memory, a bounded number of them: enough for a demo. */
class MemorySessions extends session.Store {
  private readonly sessions = new LRUCache<string, string>({ max: MOST_SESSIONS, ttl: LIFETIME_MS });

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    const found = this.sessions.get(id);
    done(null, found === undefined ? null : (JSON.parse(found) as SessionData));
  }

  override set(id: string, data: SessionData, done?: (error?: unknown) => void): void {
    this.sessions.set(id, JSON.stringify(data));
    done?.();
  }

  override destroy(id: string, done?: (error?: unknown) => void): void {
    this.sessions.delete(id);
    done?.();
  }
}

/** The session middleware. Cookies on localhost are seen by every port, hence a name of its own. */
export function sessions(secure: boolean) {
  return session({
    name: 'gh_demo_session',
    secret: randomBytes(32).toString('base64url'),
    store: new MemorySessions(),
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure, maxAge: LIFETIME_MS },
  });
}
