import { Problem } from '@gatehouse/http';
import { sendPage } from '@gatehouse/pages';
import { LimitsGuard } from '@gatehouse/throttling';
import { Controller, Get, Logger, Post, Query, Req, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { printable } from './gatehouse-auth.guard.js';
import type { LoginClient } from './login-client.js';
import { LoginSessions } from './login-sessions.service.js';
import { confirmLogoutPage, leavingPage, signedOutPage } from './login.pages.js';
import { Providers } from './providers.service.js';
import { isSameOrigin } from './same-origin.js';
import type { Session } from './session.js';
import { Visits } from './visits.service.js';

/** `/.gatehouse/logout`: signs out here, and at the provider (OpenID Connect RP-Initiated Logout). */
@Controller('.gatehouse')
@UseGuards(LimitsGuard)
export class LogoutController {
  private readonly logger = new Logger(LogoutController.name);

  constructor(
    private readonly sessions: LoginSessions,
    private readonly visits: Visits,
    private readonly providers: Providers,
  ) {}

  /** A link is not enough: any page can have one. */
  @Get('logout')
  confirm(@Query('client') name: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return sendPage(reply, 200, confirmLogoutPage(this.visits.of(request, name).client.addressName));
  }

  @Post('logout')
  async logout(@Query('client') name: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { client, site, secret } = this.visits.of(request, name);
    if (!isSameOrigin(request, site.origin)) throw new Problem(403, 'Sign out from this site itself.');
    const session = await this.sessions.end(client, secret);
    reply.headers({ 'set-cookie': site.cookies.endedSessionCookie(), 'cache-control': 'no-store' });
    // A script sees nothing of where browsers are sent, so that it never sees the ID Token.
    if (!isForPage(request)) return reply.status(204).send();
    const onward = session && (await this.endSessionAddress(client, session));
    if (onward === undefined) return sendPage(reply, 200, signedOutPage(client.addressName));
    return leave(request, reply, onward);
  }

  /** Where providers send the browser back to. */
  @Get('signed-out')
  signedOut(@Query('client') name: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return sendPage(reply, 200, signedOutPage(this.visits.of(request, name).client.addressName));
  }

  /** §2; undefined where the provider has no such address, or cannot be asked for it: then it was a logout here. */
  private async endSessionAddress(client: LoginClient, { tokens }: Session): Promise<string | undefined> {
    if (!client.signOutAtIssuer) return undefined;
    try {
      const { endSessionUrl } = await this.providers.of(client.issuer);
      if (endSessionUrl === undefined) return undefined;
      const url = new URL(endSessionUrl);
      url.searchParams.set('id_token_hint', tokens.idToken);
      url.searchParams.set('client_id', client.clientId);
      const { postLogoutRedirectUri } = client;
      if (postLogoutRedirectUri !== undefined) {
        url.searchParams.set('post_logout_redirect_uri', postLogoutRedirectUri);
      }
      return url.href;
    } catch (error) {
      this.logger.warn(`The provider of the login client ${client.name}: ${printable(error as Error)}`);
      return undefined;
    }
  }
}

function isForPage({ headers }: FastifyRequest): boolean {
  const mode = headers['sec-fetch-mode'];
  return (mode === undefined || mode === 'navigate') && /text\/html/i.test(headers.accept ?? '');
}

/**
 * Browsers hold a form to the `form-action` of its page all the way, so that a redirect to the provider would end there:
 * a page goes on by itself. Nothing in it has the address, since a script that opened the window could read that.
 */
function leave({ headers }: FastifyRequest, reply: FastifyReply, onward: string): FastifyReply {
  if (headers['sec-fetch-mode'] !== 'navigate') {
    return reply.header('referrer-policy', 'no-referrer').redirect(onward, 303);
  }
  return sendPage(reply.header('refresh', `0; url=${onward}`), 200, leavingPage());
}
