import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { type LoginSession, SessionsService } from '../sessions/sessions.service.js';
import { SessionApplications } from './session-applications.service.js';

/** A page with more frames than this would not load. */
const MOST = 30;

/** OpenID Connect Front-Channel Logout: the browser itself opens an address of each application. */
@Injectable()
export class FrontchannelLogout {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly sessions: SessionsService,
    private readonly applications: SessionApplications,
  ) {}

  /** What to open to sign the session out of its applications, each with `iss` and `sid` (§3). */
  async addresses(session: LoginSession): Promise<string[]> {
    const clients = await this.applications.find(await this.sessions.clientsOf(session));
    const members = new URLSearchParams({ iss: this.config.issuer, sid: session.sid }).toString();
    return clients
      .flatMap(({ metadata: { frontchannel_logout_uri: uri } }) => uri ?? [])
      .slice(0, MOST)
      .map((uri) => `${uri}${uri.includes('?') ? '&' : '?'}${members}`);
  }
}
