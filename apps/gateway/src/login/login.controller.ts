import { Problem } from '@gatehouse/http';
import { sendPage } from '@gatehouse/pages';
import { LimitsGuard } from '@gatehouse/throttling';
import { Controller, Get, Header, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { minutes, Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { csrfToken } from './csrf.js';
import { LoginCallbackGuard } from './login-callback.guard.js';
import { LoginFailedFilter } from './login-failed.filter.js';
import { LoginSessions } from './login-sessions.service.js';
import { LoginStartGuard } from './login-start.guard.js';
import { deniedPage } from './login.pages.js';
import { passportRequest } from './passport-request.js';
import type { Session } from './session.js';
import { SignIn } from './sign-in.service.js';
import { Visits } from './visits.service.js';

/** Each login costs the provider work; an office behind one address is many people. */
const LOGINS_BY_ADDRESS = { address: { limit: 120, ttl: minutes(1) } };

/** `/.gatehouse/…`: where browsers sign in at the gateway, and pages learn who did. */
@Controller('.gatehouse')
@UseGuards(LimitsGuard)
@UseFilters(LoginFailedFilter)
export class LoginController {
  constructor(
    private readonly sessions: LoginSessions,
    private readonly visits: Visits,
    private readonly signIn: SignIn,
  ) {}

  /** The guard sends the browser on; nothing is left to do here. */
  @Get('login')
  @UseGuards(LoginStartGuard)
  @Throttle(LOGINS_BY_ADDRESS)
  login(): void {}

  @Get(['callback', 'callback/:client'])
  @UseGuards(LoginCallbackGuard)
  @Throttle(LOGINS_BY_ADDRESS)
  async callback(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { user, attempt } = passportRequest(request, reply);
    const { client, site, login } = attempt!;
    const signedIn = await this.signIn.complete(attempt!, user!);
    await this.sessions.end(client, site.cookies.session(request.headers.cookie));
    const secret = await this.sessions.create(client, signedIn);
    return reply
      .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
      .header('set-cookie', site.cookies.sessionCookie(secret))
      .redirect(`${site.base}${login!.returnTo}`, 303);
  }

  /** Who is signed in, for the page's own scripts; never a token. */
  @Get('userinfo')
  @Header('Cache-Control', 'no-store')
  async userinfo(@Query('client') name: unknown, @Req() request: FastifyRequest) {
    const { client, secret } = this.visits.of(request, name);
    const session = await this.sessions.find(client, secret);
    if (!session) throw new Problem(401, 'Nobody is signed in: open /.gatehouse/login in the browser.');
    const { subject: sub, name: fullName, email, username } = session.caller;
    return {
      ...shownClaims(session, client.userinfoClaims),
      sub,
      name: fullName,
      email,
      username,
      expires_at: new Date(session.endsAt * 1000).toISOString(),
      idle_timeout: client.sessionIdle,
      csrf_token: csrfToken(secret!),
    };
  }

  /** Where people are sent who may not see what they asked for. */
  @Get('denied')
  async denied(@Query('client') name: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { client, secret } = this.visits.of(request, name);
    const session = await this.sessions.find(client, secret);
    const { name: fullName, email, username } = session?.caller ?? {};
    return sendPage(reply, 403, deniedPage(client.addressName, fullName ?? username ?? email));
  }
}

function shownClaims(
  { caller: { claims = {} } }: Session,
  names: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(claims, name) ? [[name, claims[name]]] : [])),
  );
}
