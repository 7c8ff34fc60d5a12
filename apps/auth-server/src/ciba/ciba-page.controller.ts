import { sendPage } from '@gatehouse/pages';
import type { Hash } from '@gatehouse/token';
import { Body, Controller, Get, Inject, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audit } from '../audit/audit.service.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { PageErrorFilter } from '../error-pages/page-error.filter.js';
import { notFromItsPage } from '../interaction/interaction-errors.js';
import { OwnPages, type SignedIn } from '../interaction/own-pages.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { FormTokens } from '../sessions/form-tokens.service.js';
import { isSameOrigin } from '../sessions/same-origin.js';
import { PERSONAL_FORM } from '../throttling/limits.js';
import { BackchannelRequests, type WaitingRequest } from './backchannel-requests.service.js';
import { type RequestCard, requestsPage } from './ciba.page.js';
import { Notifications } from './notifications.service.js';

const PATH = '/ciba';
const GONE = 'That request is not there any more: it has expired, or was answered already.';

/** `/ciba`: where a person who is signed in answers the requests that began elsewhere. */
@Controller('ciba')
@UseFilters(PageErrorFilter)
export class CibaPageController {
  private readonly origin: string;

  constructor(
    @Inject(CONFIG) config: Config,
    private readonly requests: BackchannelRequests,
    private readonly notifications: Notifications,
    private readonly ownPages: OwnPages,
    private readonly clients: ClientsService,
    private readonly resources: ResourcesService,
    private readonly cookies: BrowserCookies,
    private readonly formTokens: FormTokens,
    private readonly audit: Audit,
  ) {
    this.origin = new URL(config.issuer).origin;
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const person = await this.ownPages.signedIn(request);
    if (!person) return this.ownPages.askToSignIn(request, reply, PATH);
    return this.show(person, request, reply);
  }

  /** Where an answer's page was shown: opened again, it is the list. */
  @Get(':id')
  reopen(@Res() reply: FastifyReply) {
    return reply.redirect(PATH, 303);
  }

  @Post(':id')
  @Throttle(PERSONAL_FORM)
  async decide(
    @Param('id') id: string,
    @Body() form: Readonly<Record<string, unknown>> | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const person = await this.ownPages.signedIn(request);
    const browser = this.cookies.browser(request) ?? '';
    const matches = person && this.formTokens.matches(form?.csrf, browser, 'ciba', id, person.user.id);
    if (!matches || !isSameOrigin(request, this.origin)) throw notFromItsPage(PATH);
    const waiting = await this.requests.find(id as Hash, person.user.id);
    const allowed = form?.decision === 'allow';
    const counts = waiting !== undefined && (await this.answer(waiting, allowed, person, request.ip));
    return this.show(person, request, reply, counts ? noteOf(allowed) : GONE);
  }

  private async answer(waiting: WaitingRequest, allowed: boolean, { session }: SignedIn, address: string) {
    const { userId, authTime, amr } = session;
    const counts = await this.requests.answer(
      waiting,
      allowed ? { allowed, userId, authTime, amr } : { allowed: false },
    );
    if (!counts) return false;
    const type = allowed ? 'backchannel.allowed' : 'backchannel.denied';
    this.audit.record({ type, clientId: waiting.request.clientId, userId, address });
    this.notifications.ping(waiting);
    return true;
  }

  private async show(person: SignedIn, request: FastifyRequest, reply: FastifyReply, note?: string) {
    const browser = this.cookies.ensureBrowser(request, reply);
    const waiting = await this.requests.waitingFor(person.user.id);
    const cards = await Promise.all(waiting.map((one) => this.card(one, browser, person)));
    const page = requestsPage({ user: person.user, cards: cards.filter((one) => one !== undefined), note });
    return sendPage(reply, 200, page);
  }

  /** Nothing for a client that was deleted meanwhile. */
  private async card(
    { id, request }: WaitingRequest,
    browser: string,
    { user }: SignedIn,
  ): Promise<RequestCard | undefined> {
    const client = await this.clients.find(request.clientId);
    if (!client) return undefined;
    const described = await this.resources.describe(request.scopes);
    return {
      path: `${PATH}/${id}`,
      csrf: this.formTokens.issue(browser, 'ciba', id, user.id),
      clientName: client.metadata.client_name ?? client.clientId,
      bindingMessage: request.bindingMessage,
      permissions: [...new Set(described.map(({ description }) => description))],
    };
  }
}

function noteOf(allowed: boolean): string {
  return allowed ? 'Allowed. You can go back to where you were.' : 'Denied. It gets no access.';
}
