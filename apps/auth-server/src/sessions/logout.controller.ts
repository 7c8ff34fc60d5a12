import { sendPage } from '@gatehouse/pages';
import { Body, Controller, Get, Inject, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audit } from '../audit/audit.service.js';
import { CONFIG, type Config } from '../config.js';
import { PageError } from '../error-pages/page-error.js';
import { PageErrorFilter } from '../error-pages/page-error.filter.js';
import { UsersService } from '../users/users.service.js';
import { BrowserCookies } from './browser-cookies.js';
import { FormTokens } from './form-tokens.service.js';
import { logoutPage, signedOutPage } from './logout.pages.js';
import { isSameOrigin } from './same-origin.js';
import { SessionsService } from './sessions.service.js';

const FORM = 'logout';

/** `/logout`: a person signs out of this server. */
@Controller('logout')
@UseFilters(PageErrorFilter)
export class LogoutController {
  private readonly origin: string;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly sessions: SessionsService,
    private readonly users: UsersService,
    private readonly cookies: BrowserCookies,
    private readonly formTokens: FormTokens,
    private readonly audit: Audit,
  ) {
    this.origin = new URL(config.issuer).origin;
  }

  @Get()
  async confirm(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const session = await this.sessions.find(this.cookies.session(request));
    const user = session && (await this.users.find(session.userId));
    if (!user) return sendPage(reply, 200, signedOutPage());
    const csrf = this.formTokens.issue(this.cookies.ensureBrowser(request, reply), FORM);
    return sendPage(reply, 200, logoutPage(user, csrf));
  }

  @Post()
  async logout(
    @Body() form: Readonly<Record<string, unknown>> | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const browser = this.cookies.browser(request);
    const genuine = browser !== undefined && this.formTokens.matches(form?.csrf, browser, FORM);
    if (!genuine || !isSameOrigin(request, this.origin)) throw notConfirmed();
    const secret = this.cookies.session(request);
    const session = await this.sessions.find(secret);
    await this.sessions.end(secret);
    this.cookies.clearSession(reply);
    if (session) this.audit.record({ type: 'logout', userId: session.userId, address: request.ip });
    return sendPage(reply, 200, signedOutPage());
  }
}

function notConfirmed(): PageError {
  return new PageError(403, {
    title: 'You are still signed in',
    text: 'The form did not come from this page, or your browser sent no cookies with it.',
    link: { href: '/logout', text: 'Try again' },
  });
}
