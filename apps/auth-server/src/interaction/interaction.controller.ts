import { OAuthError } from '@gatehouse/http';
import { sendPage } from '@gatehouse/pages';
import { Body, Controller, Get, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audit } from '../audit/audit.service.js';
import { AuthorizationResponse } from '../authorize/authorization-response.service.js';
import { consentTo } from '../authorize/authorize.service.js';
import { deliver } from '../authorize/response-modes/deliver.js';
import { ConsentService } from '../consent/consent.service.js';
import { PageErrorFilter } from '../error-pages/page-error.filter.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { PERSONAL_FORM } from '../throttling/limits.js';
import { PasswordLogins } from '../users/password-logins.service.js';
import type { User } from '../users/user.entity.js';
import { MAX_USERNAME, UsersService } from '../users/users.service.js';
import { ConsentView } from './consent-view.service.js';
import { answered } from './interaction-errors.js';
import { InteractionsService } from './interactions.service.js';
import { loginPage } from './login.page.js';
import { type Form, pathOf, type Visit, Visits } from './visits.service.js';

const WRONG = 'The user name or the password is not right.';
const OTHER_ACCOUNT = 'The application asked for another account than this one.';

/** The pages on which a person signs in and agrees. */
@Controller('interaction/:id')
@UseFilters(PageErrorFilter)
export class InteractionController {
  constructor(
    private readonly visits: Visits,
    private readonly interactions: InteractionsService,
    private readonly response: AuthorizationResponse,
    private readonly users: UsersService,
    private readonly logins: PasswordLogins,
    private readonly sessions: SessionsService,
    private readonly consents: ConsentService,
    private readonly consentView: ConsentView,
    private readonly cookies: BrowserCookies,
    private readonly audit: Audit,
  ) {}

  /** Shows what is missing: the login, the consent, or nothing, and then the browser goes back to the client. */
  @Get()
  async show(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const visit = await this.visits.read(id, request);
    if (visit.step === 'login') return this.showLogin(visit, reply, visit.interaction.request.loginHint);
    if (visit.step === 'consent') return this.showConsent(visit, reply);
    if (visit.step instanceof OAuthError) return this.refuse(visit, reply, visit.step);
    return this.finish(visit, request.ip, reply);
  }

  /** Where a form's answer was shown: opened again, it is the page itself. */
  @Get(['login', 'consent', 'cancel', 'switch'])
  reopen(@Param('id') id: string, @Res() reply: FastifyReply) {
    return reply.redirect(pathOf(id), 303);
  }

  @Post('login')
  @Throttle(PERSONAL_FORM)
  async login(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const visit = await this.visits.readPost(id, request, form);
    const username = text(form?.username).slice(0, MAX_USERNAME + 1);
    const user = await this.logins.authenticate(username, text(form?.password), request.ip);
    if (!user) {
      this.record('login.failed', visit, request, { detail: { username: printable(username) } });
      return this.showLogin(visit, reply, username, WRONG);
    }
    const { onlyUser = user.id } = visit.interaction.request;
    if (user.id !== onlyUser) return this.showLogin(visit, reply, username, OTHER_ACCOUNT);
    await this.signIn(user, visit, request, reply);
    return reply.redirect(pathOf(id), 303);
  }

  @Post('consent')
  async consent(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const visit = await this.visits.readConsent(id, request, form);
    if (visit.step === 'login') return reply.redirect(pathOf(id), 303);
    if (visit.step instanceof OAuthError) return this.refuse(visit, reply, visit.step);
    const { userId } = visit.session!;
    if (form?.decision !== 'allow') {
      this.record('consent.denied', visit, request, { userId });
      return this.refuse(visit, reply);
    }
    const { request: asked } = visit.interaction;
    // Remembered only by the answer that counts: the other window may have said no.
    return this.finish(visit, request.ip, reply, async () => {
      await this.consents.remember(userId, visit.client.clientId, consentTo(asked));
      this.record('consent.given', visit, request, { userId, detail: { scopes: asked.scopes } });
    });
  }

  @Post('cancel')
  async cancel(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    return this.refuse(await this.visits.readPost(id, request, form), reply);
  }

  /** "Not you?": ends the session here, and asks who it is instead. */
  @Post('switch')
  async switch(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const { session } = await this.visits.readPost(id, request, form);
    await this.sessions.end(this.cookies.session(request));
    this.cookies.clearSession(reply);
    if (session) this.audit.record({ type: 'logout', userId: session.userId, address: request.ip });
    return reply.redirect(pathOf(id), 303);
  }

  private async signIn(user: User, visit: Visit, request: FastifyRequest, reply: FastifyReply) {
    const device = { userAgent: request.headers['user-agent']?.slice(0, 500), address: request.ip };
    const secret = await this.sessions.replace(this.cookies.session(request), user.id, ['pwd'], device);
    await this.interactions.signedIn(visit.id, visit.interaction, secret);
    this.cookies.setSession(reply, secret);
    this.record('login.succeeded', visit, request, { userId: user.id });
  }

  /**
   * @param address the browser's, for audit
   * @param first what must be done before the client gets its code
   */
  private async finish(visit: Visit, address: string, reply: FastifyReply, first?: () => Promise<void>) {
    if (!(await this.interactions.finish(visit.id))) throw answered(visit.client);
    const { request } = visit.interaction;
    if (request.ownPage !== undefined) return reply.redirect(request.ownPage, 303);
    try {
      await first?.();
      return deliver(reply, await this.response.granted(request, visit.client, visit.session!, address));
    } catch (error) {
      return deliver(reply, await this.response.refused(request, error));
    }
  }

  private async refuse(visit: Visit, reply: FastifyReply, error = denied()) {
    if (!(await this.interactions.finish(visit.id))) throw answered(visit.client);
    if (visit.interaction.request.ownPage !== undefined) return reply.redirect('/', 303);
    return deliver(reply, await this.response.refused(visit.interaction.request, error));
  }

  private showLogin(visit: Visit, reply: FastifyReply, username = '', error?: string) {
    const page = loginPage({ ...this.visits.formContext(visit), username, error });
    return sendPage(reply, error === undefined ? 200 : 401, page);
  }

  private async showConsent(visit: Visit, reply: FastifyReply) {
    return sendPage(reply, 200, await this.consentView.page(visit));
  }

  private record(
    type: string,
    { client: { clientId } }: Visit,
    { ip: address }: FastifyRequest,
    more: { userId?: string; detail?: Record<string, unknown> },
  ) {
    this.audit.record({ type, clientId, address, ...more });
  }
}

function denied(): OAuthError {
  return new OAuthError('access_denied', 'The user did not agree');
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** As audit keeps it: no control characters, no half of a pair. */
function printable(username: string): string {
  return Buffer.from(username.slice(0, MAX_USERNAME))
    .toString('utf8')
    .replace(/\p{Cc}/gu, '\uFFFD');
}
