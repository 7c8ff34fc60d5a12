import { sendPage } from '@gatehouse/pages';
import { addressGroup } from '@gatehouse/throttling';
import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audit } from '../audit/audit.service.js';
import type { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { PageError } from '../error-pages/page-error.js';
import { PageErrorFilter } from '../error-pages/page-error.filter.js';
import { notFromItsPage } from '../interaction/interaction-errors.js';
import { OwnPages, type SignedIn } from '../interaction/own-pages.service.js';
import { ResourcesService } from '../resources/resources.service.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { FormTokens } from '../sessions/form-tokens.service.js';
import { isSameOrigin } from '../sessions/same-origin.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { Guesses } from '../throttling/guesses.service.js';
import { PERSONAL_FORM, USER_CODE_FAILURES } from '../throttling/limits.js';
import { mayAllow } from './administration.js';
import { DeviceRequests, type WaitingDevice } from './device-requests.service.js';
import { DeviceVisits } from './device-visits.service.js';
import { codePage, confirmPage, donePage } from './device.pages.js';
import { qrCode } from './qr-code.js';
import { readUserCode } from './user-code.js';

type Form = Readonly<Record<string, unknown>> | undefined;

const WRONG = 'This code is not right, or has expired. Look at your device again.';

/** The pages of `verification_uri` (RFC 8628 §3.3): the code, then whose device it shall be. */
@Controller('device')
@UseFilters(PageErrorFilter)
export class DevicePageController {
  private readonly origin: string;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly devices: DeviceRequests,
    private readonly visits: DeviceVisits,
    private readonly ownPages: OwnPages,
    private readonly clients: ClientsService,
    private readonly resources: ResourcesService,
    private readonly sessions: SessionsService,
    private readonly cookies: BrowserCookies,
    private readonly formTokens: FormTokens,
    private readonly guesses: Guesses,
    private readonly audit: Audit,
  ) {
    this.origin = new URL(config.issuer).origin;
  }

  /** `verification_uri_complete` fills in the code; the person still sends it (§3.3.1). */
  @Get()
  show(@Query('user_code') typed: unknown, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.showCodeForm(request, reply, readUserCode(text(typed)) ?? '');
  }

  @Post()
  @Throttle(PERSONAL_FORM)
  async enter(@Body() form: Form, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const browser = this.cookies.browser(request) ?? '';
    if (!isSameOrigin(request, this.origin) || !this.formTokens.matches(form?.csrf, browser, 'device'))
      throw notFromItsPage('/device');
    const typed = text(form?.user_code);
    const device = await this.find(readUserCode(typed), request.ip);
    if (!device) return this.showCodeForm(request, reply, typed.slice(0, 20), WRONG);
    return reply.redirect(pathOf(await this.visits.begin(device, browser)), 303);
  }

  @Get(':visit')
  async confirm(@Param('visit') id: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { device, client } = await this.read(id, request);
    const person = await this.ownPages.signedIn(request);
    if (!person) return this.ownPages.askToSignIn(request, reply, pathOf(id), client.clientId);
    const described = await this.resources.describe(device.request.scopes);
    const page = confirmPage({
      path: pathOf(id),
      csrf: this.formTokens.issue(...this.formOf(id, request, person)),
      clientName: nameOf(client),
      userCode: device.request.userCode,
      user: person.user,
      permissions: [...new Set(described.map(({ description }) => description))],
    });
    return sendPage(reply, 200, page);
  }

  @Post(':visit')
  async decide(
    @Param('visit') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const { device, client } = await this.read(id, request);
    const person = await this.checkForm(id, form, request);
    const { userId, authTime, amr } = person.session;
    const allowed = form?.decision === 'allow';
    if (allowed && !mayAllow(person.user, device.request.scopes)) throw forAdministrators();
    const counts = await this.devices.answer(
      device,
      allowed ? { allowed, userId, authTime, amr } : { allowed: false },
    );
    if (!counts) throw gone();
    const type = allowed ? 'device.allowed' : 'device.denied';
    this.audit.record({ type, clientId: client.clientId, userId, address: request.ip });
    return sendPage(reply, 200, donePage(nameOf(client), allowed));
  }

  /** "Not you?" */
  @Post(':visit/switch')
  async switch(
    @Param('visit') id: string,
    @Body() form: Form,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const { user } = await this.checkForm(id, form, request);
    await this.sessions.end(this.cookies.session(request));
    this.cookies.clearSession(reply);
    this.audit.record({ type: 'logout', userId: user.id, address: request.ip });
    return reply.redirect(pathOf(id), 303);
  }

  private async showCodeForm(request: FastifyRequest, reply: FastifyReply, userCode: string, error?: string) {
    const csrf = this.formTokens.issue(this.cookies.ensureBrowser(request, reply), 'device');
    const complete = `${this.config.issuer}/device?user_code=${userCode}`;
    const qr = userCode !== '' && error === undefined ? await qrCode(complete) : undefined;
    return sendPage(reply, error === undefined ? 200 : 400, codePage({ csrf, userCode, error, qr }));
  }

  /** RFC 8628 §5.1: wrong codes are counted, those that cannot be one as well. */
  private find(userCode: string | undefined, address: string): Promise<WaitingDevice | undefined> {
    const limits = [
      { ...USER_CODE_FAILURES.address, key: `{user-code}:${addressGroup(address)}` },
      { ...USER_CODE_FAILURES.all, key: '{user-code}' },
    ];
    return this.guesses.take(limits, async () =>
      userCode === undefined ? undefined : this.devices.findByUserCode(userCode),
    );
  }

  private async read(
    id: string,
    request: FastifyRequest,
  ): Promise<{ device: WaitingDevice; client: Client }> {
    const device = await this.visits.find(id, this.cookies.browser(request));
    const client = device && (await this.clients.find(device.request.clientId));
    if (!device || !client) throw gone();
    return { device, client };
  }

  private async checkForm(id: string, form: Form, request: FastifyRequest): Promise<SignedIn> {
    const person = await this.ownPages.signedIn(request);
    if (!person || !isSameOrigin(request, this.origin)) throw notFromItsPage(pathOf(id));
    if (!this.formTokens.matches(form?.csrf, ...this.formOf(id, request, person)))
      throw notFromItsPage(pathOf(id));
    return person;
  }

  /** Holds for the person that the page was shown to. */
  private formOf(
    id: string,
    request: FastifyRequest,
    { user }: SignedIn,
  ): [browser: string, ...form: string[]] {
    return [this.cookies.browser(request) ?? '', 'device', id, user.id];
  }
}

function pathOf(id: string): string {
  return `/device/${encodeURIComponent(id)}`;
}

function nameOf({ metadata, clientId }: Client): string {
  return metadata.client_name ?? clientId;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function forAdministrators(): PageError {
  return new PageError(403, {
    title: 'Only administrators can allow this',
    text: 'The device asks to administer Gatehouse. Sign in as an administrator, and enter its code again.',
    link: { href: '/device', text: 'Enter a code' },
  });
}

function gone(): PageError {
  return new PageError(410, {
    title: 'This code is of no use any more',
    text: 'It has expired, or was answered already. If your device is not connected, let it show a new one.',
    link: { href: '/device', text: 'Enter a code' },
  });
}
