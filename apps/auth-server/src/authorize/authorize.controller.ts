import { OAuthError, readParameters } from '@gatehouse/http';
import { Body, Controller, Get, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InteractionsService } from '../interaction/interactions.service.js';
import { sendPage } from '../interaction/send-page.js';
import { BrowserCookies } from '../sessions/browser-cookies.js';
import { SessionsService } from '../sessions/sessions.service.js';
import { AuthorizationResponse } from './authorization-response.service.js';
import { AuthorizeService } from './authorize.service.js';
import { RequestReader, UntrustedRequestError } from './request-reader.service.js';
import { errorPage } from '@gatehouse/pages';

/** `/oauth2/authorize` (RFC 6749 §3.1, OpenID Connect Core §3.1.2). */
@Controller('oauth2/authorize')
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
  byQuery(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    return this.authorize(query, request, reply);
  }

  @Post()
  byForm(@Body() body: Record<string, unknown>, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    return this.authorize(body ?? {}, request, reply);
  }

  private async authorize(query: Record<string, unknown>, request: FastifyRequest, reply: FastifyReply) {
    try {
      const location = await this.answer(query, request, reply);
      // 303: a request that came by POST must not be posted on to the client (RFC 9700 §4.12).
      return reply.header('cache-control', 'no-store').redirect(location, 303);
    } catch (error) {
      if (!(error instanceof UntrustedRequestError)) throw error;
      const page = errorPage({
        title: 'This sign-in link does not work',
        text: 'The application that sent you here made a request that cannot be trusted, so you were not sent back to it. Please tell its makers.',
        detail: error.message,
        requestId: request.id,
      });
      return sendPage(reply, 400, page);
    }
  }

  /** Where the browser goes next. @throws UntrustedRequestError */
  private async answer(
    query: Record<string, unknown>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<string> {
    const { client, address } = await this.reader.readClient(query);
    try {
      const authorization = await this.reader.read(client, address, readParameters(query));
      const session = await this.sessions.find(this.cookies.session(request));
      // No login there is can be from after this request.
      const step = await this.authorization.nextStep(authorization, client, session, Infinity);
      if (step === 'done') return await this.response.granted(authorization, session!);
      const browser = this.cookies.ensureBrowser(request, reply);
      return `/interaction/${await this.interactions.begin(authorization, browser)}`;
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      return this.response.refused(address, error);
    }
  }
}
