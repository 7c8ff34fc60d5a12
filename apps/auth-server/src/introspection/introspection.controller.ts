import { isPublicClient } from '@gatehouse/client';
import { OAuthError, readParameters } from '@gatehouse/http';
import { Body, Controller, Header, Headers, HttpCode, Post, Req, Res } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ClientAuthentication } from '../clients/client-authentication.service.js';
import { SERVICE_ENDPOINT } from '../throttling/limits.js';
import { asksForJwt, INTROSPECTION_JWT, IntrospectionJwt } from './introspection-jwt.service.js';
import { IntrospectionService } from './introspection.service.js';

/** `POST /oauth2/introspect` (RFC 7662). */
@Controller('oauth2/introspect')
export class IntrospectionController {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly introspection: IntrospectionService,
    private readonly jwt: IntrospectionJwt,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Throttle(SERVICE_ENDPOINT)
  async introspect(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { single } = readParameters(body);
    const client = await this.clients.authenticateCaller(request, single);
    // RFC 7662 §2.1: a public client could be anybody.
    if (isPublicClient(client.metadata))
      throw new OAuthError('unauthorized_client', 'A public client may not introspect');
    if (single.token === undefined)
      throw new OAuthError('invalid_request', 'token is missing (RFC 7662 section 2.1)');
    const answer = await this.introspection.introspect(single.token, client);
    if (!asksForJwt(accept)) return answer;
    reply.type(INTROSPECTION_JWT);
    return this.jwt.sign(answer, client);
  }
}
