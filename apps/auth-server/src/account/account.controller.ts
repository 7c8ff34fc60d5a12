import { FIRST_UUID } from '@gatehouse/admin';
import { sendPage } from '@gatehouse/pages';
import { Body, Controller, Get, Inject, Post, Req, Res, UseFilters } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audit } from '../audit/audit.service.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { PageErrorFilter } from '../error-pages/page-error.filter.js';
import { GrantList } from '../grants/grant-list.service.js';
import { notFromItsPage } from '../interaction/interaction-errors.js';
import { OwnPages, type SignedIn } from '../interaction/own-pages.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { FormTokens } from '../sessions/form-tokens.service.js';
import { isSameOrigin } from '../sessions/same-origin.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { PERSONAL_FORM } from '../throttling/limits.js';
import { accessOf } from './access.js';
import { ACCOUNT_CLIENT } from './account-client.service.js';
import { accountPage } from './account.pages.js';

const PATH = '/account/sessions';
/** Grants that are looked at for one page. */
const MOST_GRANTS = 1_000;

type Form = Readonly<Record<string, unknown>> | undefined;

/** `/account/sessions`: where a person is signed in, and which applications act for them. */
@Controller('account/sessions')
@UseFilters(PageErrorFilter)
export class AccountController {
  private readonly origin: string;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly ownPages: OwnPages,
    private readonly sessions: SessionsService,
    private readonly clients: ClientsService,
    private readonly grants: GrantList,
    private readonly resources: ResourcesService,
    private readonly cookies: BrowserCookies,
    private readonly formTokens: FormTokens,
    private readonly audit: Audit,
  ) {
    this.origin = new URL(config.issuer).origin;
  }

  @Get()
  async show(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const person = await this.ownPages.signedIn(request);
    if (!person) return this.ownPages.askToSignIn(request, reply, PATH, ACCOUNT_CLIENT);
    const { user, session } = person;
    const grants = await this.grants.page({ userId: user.id }, FIRST_UUID, MOST_GRANTS);
    const page = accountPage({
      user,
      csrf: this.formTokens.issue(this.cookies.ensureBrowser(request, reply), ...formOf(person)),
      currentSid: session.sid,
      sessions: await this.withClients(user.id),
      access: await accessOf(grants, (scopes) => this.resources.describe(scopes)),
    });
    return sendPage(reply, 200, page);
  }

  /** Where a form's answer was shown: opened again, it is the page itself. */
  @Get(['end', 'revoke'])
  reopen(@Res() reply: FastifyReply) {
    return reply.redirect(PATH, 303);
  }

  @Post('end')
  @Throttle(PERSONAL_FORM)
  async end(@Body() form: Form, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { user, session } = await this.check(form, request);
    const sid = text(form?.sid);
    if (await this.sessions.endOne(user.id, sid)) {
      if (sid === session.sid) this.cookies.clearSession(reply);
      this.audit.record({ type: 'logout', userId: user.id, address: request.ip, detail: { sid } });
    }
    return reply.redirect(sid === session.sid ? '/logout' : PATH, 303);
  }

  @Post('revoke')
  @Throttle(PERSONAL_FORM)
  async revoke(@Body() form: Form, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { user } = await this.check(form, request);
    const clientId = text(form?.client_id);
    await this.grants.revokeAccess(user.id, clientId);
    this.audit.record({ type: 'access.revoked', userId: user.id, clientId, address: request.ip });
    return reply.redirect(PATH, 303);
  }

  /** The form is of this page, shown to the person who is signed in now (RFC 6749 §10.12). */
  private async check(form: Form, request: FastifyRequest): Promise<SignedIn> {
    const person = await this.ownPages.signedIn(request);
    const browser = this.cookies.browser(request) ?? '';
    const genuine = person && this.formTokens.matches(form?.csrf, browser, ...formOf(person));
    if (!genuine || !isSameOrigin(request, this.origin)) throw notFromItsPage(PATH);
    return person;
  }

  private async withClients(userId: string) {
    const sessions = await this.sessions.ofUser(userId);
    return Promise.all(
      sessions.reverse().map(async (session) => ({
        session,
        clients: [...(await this.clients.names(await this.sessions.clientsOf(session))).values()],
      })),
    );
  }
}

function formOf({ user, session }: SignedIn): [string, string, string] {
  return ['account', user.id, session.sid];
}

function text(value: unknown): string {
  return typeof value === 'string' && !value.includes('\0') ? value.slice(0, 500) : '';
}
