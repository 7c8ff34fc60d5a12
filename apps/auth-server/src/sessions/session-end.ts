import { DiscoveryService } from '@nestjs/core';
import type { LoginSession } from './sessions.service.js';

/** Hears of each login session that is ended: signed out, by whichever way. Sessions that run out are not told. */
export interface SessionEndListener {
  /** Done before the session goes: when it fails, the person is still signed in and can try again. */
  sessionEnding(session: LoginSession, clientIds: readonly string[]): Promise<void>;
}

/** Marks a `SessionEndListener`: put it on a provider of any module. */
export const SessionEnd = DiscoveryService.createDecorator();
