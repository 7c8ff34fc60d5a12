import { Inject, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { type LoginSession, SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import type { User } from '../users/user.entity.js';
import { OWN_CLIENT_ID } from './own-client.js';
import { InteractionsService } from './interactions.service.js';
import { pathOf } from './visits.service.js';

/** Who is signed in. */
export interface SignedIn {
  readonly user: User;
  readonly session: LoginSession;
}

/** Lets this server's own pages ask who is there, by the same login that applications use. */
@Injectable()
export class OwnPages {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly interactions: InteractionsService,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly cookies: BrowserCookies,
  ) {}

  async signedIn(request: FastifyRequest): Promise<SignedIn | undefined> {
    const session = await this.sessions.find(this.cookies.session(request));
    const user = session && (await this.users.find(session.userId));
    return session && user ? { user, session } : undefined;
  }

  /**
   * Sends the person to the login page, and from there back to a page of this server.
   * @param path where to come back to
   * @param clientId the application on whose behalf the page asks; absent: this server
   */
  async askToSignIn(request: FastifyRequest, reply: FastifyReply, path: string, clientId = OWN_CLIENT_ID) {
    const browser = this.cookies.ensureBrowser(request, reply);
    const id = await this.interactions.begin(
      {
        clientId,
        redirectUri: `${this.config.issuer}${path}`,
        redirectUriGiven: true,
        responseTypes: [],
        responseMode: 'query',
        lang: 'en',
        authorizationDetails: [],
        scopes: [],
        resources: [],
        prompt: [],
        ownPage: path,
      },
      browser,
    );
    return reply.redirect(pathOf(id), 303);
  }
}
