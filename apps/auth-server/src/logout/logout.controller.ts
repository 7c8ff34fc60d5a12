import { sendPage } from '@gatehouse/pages';
import { Body, Controller, Get, Inject, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audit } from '../audit/audit.service.js';
import { CONFIG, type Config } from '../config.js';
import { PageError } from '../error-pages/page-error.js';
import { PageErrorFilter } from '../error-pages/page-error.filter.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { FormTokens } from '../sessions/form-tokens.service.js';
import { isSameOrigin } from '../sessions/same-origin.js';
import { type LoginSession, SessionsService } from '../sessions/sessions.service.js';
import { UsersService } from '../users/users.service.js';
import { FrontchannelLogout } from './frontchannel-logout.service.js';
import { LOGOUT_PARAMETERS, type LogoutRequest, LogoutRequests } from './logout-request.service.js';
import { logoutPage, signedOutPage } from './logout.pages.js';

const FORM = 'logout';

/** How long the page of a front-channel logout stays before it goes on, in seconds. */
const FRAMES_S = 3;

type Form = Readonly<Record<string, unknown>> | undefined;

/** `/logout`: a person signs out of this server, by themselves or sent by an application (`end_session_endpoint`). */
@Controller('logout')
@UseFilters(PageErrorFilter)
export class LogoutController {
  private readonly origin: string;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly requests: LogoutRequests,
    private readonly frontchannel: FrontchannelLogout,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly cookies: BrowserCookies,
    private readonly formTokens: FormTokens,
    private readonly audit: Audit,
  ) {
    this.origin = new URL(config.issuer).origin;
  }

  /** OpenID Connect RP-Initiated Logout §2 and §3. */
  @Get()
  async byQuery(@Query() query: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const asked = await this.requests.read(query);
    const session = await this.sessions.find(this.cookies.session(request));
    const user = session && (await this.users.find(session.userId));
    if (!session || !user) return this.goOn(reply, asked, []);
    // Who has an ID Token of this very session need not ask again; anybody else's link is not enough.
    if (asked.hint?.sid === session.sid) return this.signOut(session, asked, request, reply);
    const csrf = this.formTokens.issue(this.cookies.ensureBrowser(request, reply), FORM, session.sid);
    const { target, parameters, client } = asked;
    const clientName = client && (client.metadata.client_name ?? client.clientId);
    return sendPage(reply, 200, logoutPage({ user, csrf, clientName, target, parameters }));
  }

  @Post()
  async byForm(@Body() form: Form, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    if (isOfApplication(form)) return reply.redirect(`/logout?${queryOf(form)}`, 303);
    const session = await this.sessions.find(this.cookies.session(request));
    const browser = this.cookies.browser(request) ?? '';
    const genuine = this.formTokens.matches(form?.csrf, browser, FORM, session?.sid ?? '');
    if (!isSameOrigin(request, this.origin) || (session && !genuine)) throw notConfirmed();
    const asked = await this.requests.read(parametersOf(form));
    return session ? this.signOut(session, asked, request, reply) : this.goOn(reply, asked, []);
  }

  private async signOut(
    session: LoginSession,
    asked: LogoutRequest,
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const frames = await this.frontchannel.addresses(session);
    await this.sessions.end(this.cookies.session(request));
    this.cookies.clearSession(reply);
    this.audit.record({
      type: 'logout',
      userId: session.userId,
      address: request.ip,
      ...(asked.client ? { clientId: asked.client.clientId } : {}),
    });
    return this.goOn(reply, asked, frames);
  }

  private goOn(reply: FastifyReply, { target }: LogoutRequest, frames: readonly string[]) {
    if (target === undefined) return sendPage(reply, 200, signedOutPage(frames));
    if (frames.length === 0) {
      return reply
        .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
        .redirect(target, 303);
    }
    // The frames get a moment; without scripts nobody can tell when they are done.
    reply.header('refresh', `${FRAMES_S}; url=${target}`);
    return sendPage(reply, 200, signedOutPage(frames, target));
  }
}

/**
 * A POST of an application comes from another site, so browsers send no cookies with it (SameSite=Lax): it is made a
 * GET, which has them.
 */
function isOfApplication(form: Form): boolean {
  return form?.csrf === undefined && LOGOUT_PARAMETERS.some((name) => form?.[name] !== undefined);
}

function queryOf(form: Form): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parametersOf(form))) {
    for (const one of [value].flat()) if (typeof one === 'string') query.append(name, one);
  }
  return query.toString();
}

function parametersOf(form: Form): Record<string, unknown> {
  const sent = LOGOUT_PARAMETERS.filter((name) => form?.[name] !== undefined);
  return Object.fromEntries(sent.map((name) => [name, form![name]]));
}

function notConfirmed(): PageError {
  return new PageError(403, {
    title: 'You are still signed in',
    text: 'The form did not come from this page, or your browser sent no cookies with it.',
    link: { href: '/logout', text: 'Try again' },
  });
}
