import { readParameters } from '@gatehouse/http';
import { Body, Controller, Get, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Client } from '../clients/client.entity.js';
import { PageError } from '../error-pages/page-error.js';
import { PageErrorFilter } from '../error-pages/page-error.filter.js';
import { wayBack } from '../error-pages/way-back.js';
import { InteractionsService } from '../interaction/interactions.service.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { ReturnAddress } from './authorization-request.js';
import { AuthorizationResponse } from './authorization-response.service.js';
import { AuthorizeService } from './authorize.service.js';
import { RequestReader, UntrustedRequestError } from './request-reader.service.js';

type Source = Readonly<Record<string, unknown>>;

/** `/oauth2/authorize` (RFC 6749 §3.1, OpenID Connect Core §3.1.2). */
@Controller('oauth2/authorize')
@UseFilters(PageErrorFilter)
export class AuthorizeController {
  constructor(
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
    const { client, address } = await this.readClient(source);
    const location = await this.answer(source, client, address, request, reply);
    // 303: a request that came by POST must not be posted on to the client (RFC 9700 §4.12).
    return reply
      .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
      .redirect(location, 303);
  }

  private async readClient(source: Source): Promise<{ client: Client; address: ReturnAddress }> {
    try {
      return await this.reader.readClient(source);
    } catch (error) {
      throw error instanceof UntrustedRequestError ? brokenLink(error) : error;
    }
  }

  /** Where the browser goes next. */
  private async answer(
    source: Source,
    client: Client,
    address: ReturnAddress,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string> {
    try {
      const authorization = await this.reader.read(client, address, readParameters(source));
      const session = await this.sessions.find(this.cookies.session(request));
      const step = await this.authorization.nextStep(authorization, client, session, false);
      if (step === 'done') return await this.response.granted(authorization, session!);
      const browser = this.cookies.ensureBrowser(request, reply);
      return `/interaction/${await this.interactions.begin(authorization, browser)}`;
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
