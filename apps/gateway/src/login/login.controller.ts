import { Problem } from '@gatehouse/http';
import { html, type Page, pageHeaders, renderPage } from '@gatehouse/pages';
import { LimitsGuard } from '@gatehouse/throttling';
import { Controller, Get, Header, Inject, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { minutes, Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { LoginCallbackGuard } from './login-callback.guard.js';
import { LoginCookies } from './login-cookies.js';
import { LoginFailedFilter } from './login-failed.filter.js';
import { LoginSessions } from './login-sessions.service.js';
import { LoginStartGuard } from './login-start.guard.js';
import { passportRequest } from './passport-request.js';
import { isSameOrigin } from './same-origin.js';

/** Each login costs the auth-server work; an office behind one address is many people. */
const LOGINS_BY_ADDRESS = { address: { limit: 120, ttl: minutes(1) } };

/** `/.gatehouse/…`: where browsers sign in and out at the gateway. */
@Controller('.gatehouse')
@UseGuards(LimitsGuard)
@UseFilters(LoginFailedFilter)
export class LoginController {
  constructor(
    private readonly sessions: LoginSessions,
    private readonly cookies: LoginCookies,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The guard sends the browser on; nothing is left to do here. */
  @Get('login')
  @UseGuards(LoginStartGuard)
  @Throttle(LOGINS_BY_ADDRESS)
  login(): void {}

  @Get('callback')
  @UseGuards(LoginCallbackGuard)
  @Throttle(LOGINS_BY_ADDRESS)
  async callback(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { user, login } = passportRequest(request, reply);
    await this.sessions.end(this.cookies.session(request));
    const secret = await this.sessions.create(user!);
    const headers = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
    return reply
      .headers(headers)
      .header('set-cookie', this.cookies.sessionCookie(secret))
      .redirect(`${this.config.gatewayUrl}${login!.returnTo}`, 303);
  }

  @Get('logout')
  confirmLogout(@Res() reply: FastifyReply) {
    return sendPage(reply, {
      title: 'Sign out?',
      body: html`<h1>Sign out?</h1>
        <form method="post" action="/.gatehouse/logout"><button type="submit">Sign out</button></form>`,
    });
  }

  @Post('logout')
  async logout(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    if (!isSameOrigin(request, this.config.gatewayUrl))
      throw new Problem(403, 'Sign out from this site itself.');
    await this.sessions.end(this.cookies.session(request));
    reply.header('set-cookie', this.cookies.endedSessionCookie());
    return sendPage(reply, {
      title: 'You are signed out',
      body: html`<h1>You are signed out</h1>
        <p class="quiet">Of the applications behind this gateway.</p>`,
    });
  }

  /** Who is signed in, for the page's own scripts; never a token. */
  @Get('userinfo')
  @Header('Cache-Control', 'no-store')
  async userinfo(@Req() request: FastifyRequest) {
    const session = await this.sessions.find(this.cookies.session(request));
    if (!session) throw new Problem(401, 'Nobody is signed in: open /.gatehouse/login in the browser.');
    const { subject: sub, name, email, username } = session.caller;
    return { sub, name, email, username };
  }
}

function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply.status(200).headers(pageHeaders(page)).send(renderPage(page));
}
