import { Body, Controller, Get, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PageError } from '../error-pages/page-error.js';
import { PageErrorFilter } from '../error-pages/page-error.filter.js';
import { wayBack } from '../error-pages/way-back.js';
import { InteractionsService } from '../interaction/interactions.service.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { Source } from './authorization-request.js';
import { AuthorizationResponse } from './authorization-response.service.js';
import { AuthorizeService } from './authorize.service.js';
import { type OpenedRequest, RequestOpener } from './request-opener.service.js';
import { RequestReader } from './request-reader.service.js';
import { deliver } from './response-modes/deliver.js';
import type { Delivery } from './response-modes/response-mode.js';
import { UntrustedRequestError } from './untrusted-request-error.js';

/** `/oauth2/authorize` (RFC 6749 §3.1, OpenID Connect Core §3.1.2). */
@Controller('oauth2/authorize')
@UseFilters(PageErrorFilter)
export class AuthorizeController {
  constructor(
    private readonly opener: RequestOpener,
    private readonly reader: RequestReader,
    private readonly authorization: AuthorizeService,
    private readonly response: AuthorizationResponse,
    private readonly interactions: InteractionsService,
    private readonly sessions: SessionsService,
    private readonly cookies: BrowserCookies,
  ) {}

  @Get()
  byQuery(@Query() query: Source, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.authorize(query, request, reply);
  }

  /** OpenID Connect Core §3.1.2.1: a POST is answered as a GET. */
  @Post()
  byForm(@Body() body: Source | undefined, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.authorize(body ?? {}, request, reply);
  }

  private async authorize(source: Source, request: FastifyRequest, reply: FastifyReply) {
    const opened = await this.open(source);
    return deliver(reply, await this.answer(opened, request, reply));
  }

  private async open(source: Source): Promise<OpenedRequest> {
    try {
      return await this.opener.open(source);
    } catch (error) {
      throw error instanceof UntrustedRequestError ? brokenLink(error) : error;
    }
  }

  /** Where the browser goes next. */
  private async answer(
    opened: OpenedRequest,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Delivery> {
    const { client, address } = opened;
    try {
      const authorization = await this.reader.read(opened);
      const session = await this.sessions.find(this.cookies.session(request));
      const step = await this.authorization.nextStep(authorization, client, session, false);
      if (step === 'done') return await this.response.granted(authorization, client, session!, request.ip);
      const browser = this.cookies.ensureBrowser(request, reply);
      return { location: `/interaction/${await this.interactions.begin(authorization, browser)}` };
    } catch (error) {
      return this.response.refused(address, error);
    }
  }
}

function brokenLink({ message, client }: UntrustedRequestError): PageError {
  return new PageError(400, {
    title: 'This sign-in link does not work',
    text: 'The application that sent you here made a request that cannot be trusted, so you were not sent back to it. Please tell its makers.',
    detail: message,
    link: client && wayBack(client),
  });
}
