import { OAuthError } from '@gatehouse/http';
import { errorPage } from '@gatehouse/pages';
import { Body, Controller, Get, Ip, Param, Post, Req, Res } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audit } from '../audit/audit.service.js';
import { AuthorizationResponse } from '../authorize/authorization-response.service.js';
import { AuthorizeService, type Step } from '../authorize/authorize.service.js';
import type { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { ConsentService } from '../consent/consent.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { type LoginSession, SessionsService } from '../sessions/sessions.service.js';
import { LOGIN_BY_ADDRESS } from '../throttling/limits.js';
import { UsersService } from '../users/users.service.js';
import { type Interaction, InteractionsService } from './interactions.service.js';
import { consentPage, loginPage } from './pages.js';
import { sendPage } from './send-page.js';

/** An interaction with all that is known about it at one request. */
interface Visit {
  readonly id: string;
  readonly browser: string;
  readonly interaction: Interaction;
  readonly client: Client;
  readonly session: LoginSession | undefined;
  readonly step: Step;
}

type Form = Readonly<Record<string, unknown>> | undefined;

/** The pages on which a person signs in and agrees. */
@Controller('interaction/:id')
export class InteractionController {
  constructor(
    private readonly interactions: InteractionsService,
    private readonly authorization: AuthorizeService,
    private readonly response: AuthorizationResponse,
    private readonly clients: ClientsService,
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly consents: ConsentService,
    private readonly resources: ResourcesService,
    private readonly cookies: BrowserCookies,
    private readonly audit: Audit,
  ) {}

  @Get()
  async show(@Param('id') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const visit = await this.visit(id, request);
    if (!visit) return expired(reply, request);
    if (visit.step === 'login')
      return this.showLogin(visit, reply, visit.interaction.request.loginHint ?? '');
    if (visit.step === 'consent') return this.showConsent(visit, reply);
    return this.finish(visit, reply);
  }

  @Post('login')
  @Throttle(LOGIN_BY_ADDRESS)
  async login(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Ip() address: string,
  ) {
    const visit = await this.visit(id, request, form);
    if (!visit) return expired(reply, request);
    const { clientId } = visit.client;
    const username = text(form?.username);
    const user = await this.users.authenticate(username, text(form?.password));
    if (!user) {
      this.audit.record({
        type: 'login.failed',
        clientId,
        address,
        detail: { username: username.slice(0, 320) },
      });
      return this.showLogin(
        visit,
        reply,
        username.slice(0, 320),
        'The user name or the password is not right.',
      );
    }
    await this.sessions.end(this.cookies.session(request));
    this.cookies.setSession(reply, await this.sessions.create(user.id, ['pwd']));
    this.audit.record({ type: 'login.succeeded', clientId, userId: user.id, address });
    return reply.redirect(pathOf(id), 303);
  }

  @Post('consent')
  async consent(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const visit = await this.visit(id, request, form);
    if (!visit) return expired(reply, request);
    if (visit.step === 'login') return reply.redirect(pathOf(id), 303);
    if (form?.decision !== 'allow') return this.refuse(visit, reply);
    const { request: asked } = visit.interaction;
    await this.consents.remember(visit.session!.userId, visit.client.clientId, asked.scopes);
    return this.finish(visit, reply);
  }

  @Post('cancel')
  async cancel(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const visit = await this.visit(id, request, form);
    return visit ? this.refuse(visit, reply) : expired(reply, request);
  }

  /** "Use another account": ends the session here, and asks who it is instead. */
  @Post('switch')
  async switch(
    @Param('id') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const visit = await this.visit(id, request, form);
    if (!visit) return expired(reply, request);
    await this.sessions.end(this.cookies.session(request));
    this.cookies.clearSession(reply);
    return reply.redirect(pathOf(id), 303);
  }

  /** @param form of a post, which must carry the interaction's CSRF token */
  private async visit(id: string, request: FastifyRequest, form?: Form): Promise<Visit | undefined> {
    const browser = this.cookies.browser(request);
    const interaction = await this.interactions.find(id, browser);
    if (!interaction || browser === undefined) return undefined;
    if (request.method === 'POST' && !this.interactions.checksCsrf(id, browser, form?.csrf)) return undefined;
    const client = await this.clients.find(interaction.request.clientId);
    if (!client) return undefined;
    const session = await this.sessions.find(this.cookies.session(request));
    const step = await this.authorization.nextStep(interaction.request, client, session, interaction.begun);
    return { id, browser, interaction, client, session, step };
  }

  private async finish(visit: Visit, reply: FastifyReply) {
    if (!(await this.interactions.finish(visit.id))) return gone(reply);
    return toClient(reply, await this.response.granted(visit.interaction.request, visit.session!));
  }

  private async refuse(visit: Visit, reply: FastifyReply) {
    if (!(await this.interactions.finish(visit.id))) return gone(reply);
    const denied = new OAuthError('access_denied', 'The user did not agree');
    return toClient(reply, this.response.refused(visit.interaction.request, denied));
  }

  private showLogin(visit: Visit, reply: FastifyReply, username: string, error?: string) {
    const page = loginPage({
      ...this.formContext(visit),
      username,
      ...(error === undefined ? {} : { error }),
    });
    return sendPage(reply, error === undefined ? 200 : 401, page);
  }

  private async showConsent(visit: Visit, reply: FastifyReply) {
    const user = await this.users.find(visit.session!.userId);
    const scopes = await this.resources.describe(visit.interaction.request.scopes);
    const userName = user ? `${user.name} (${user.username})` : '';
    return sendPage(reply, 200, consentPage({ ...this.formContext(visit), userName, scopes }));
  }

  private formContext({ id, browser, client, interaction }: Visit) {
    return {
      path: pathOf(id),
      csrf: this.interactions.csrfToken(id, browser),
      clientName: client.metadata.client_name ?? client.clientId,
      returnsTo: interaction.request.redirectUri,
    };
  }
}

function pathOf(id: string): string {
  return `/interaction/${encodeURIComponent(id)}`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The code is in the address: it must not be kept, nor told on by a Referer. */
function toClient(reply: FastifyReply, location: string): FastifyReply {
  return reply
    .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .redirect(location, 303);
}

function expired(reply: FastifyReply, request: FastifyRequest): FastifyReply {
  const page = errorPage({
    title: 'This page has expired',
    text: 'It was open for too long, or was opened in another browser than the one it was meant for. Go back to the application, and sign in again.',
    requestId: request.id,
  });
  return sendPage(reply, 403, page);
}

function gone(reply: FastifyReply): FastifyReply {
  const page = errorPage({
    title: 'This was answered already',
    text: 'The answer was sent from another window. Go back to the application; if you are not signed in there, sign in again.',
  });
  return sendPage(reply, 409, page);
}
