import { OAuthError, readParameters } from '@gatehouse/http';
import { Body, Controller, Header, HttpCode, Post, Req, Res } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ClientAuthentication } from '../clients/client-authentication.service.js';
import { Possessions } from '../possession/possessions.service.js';
import { SERVICE_ENDPOINT } from '../throttling/limits.js';
import type { TokenResponse } from './grant-type.js';
import { GrantTypes } from './grant-types.service.js';

/** `POST /oauth2/token` (RFC 6749 §3.2). */
@Controller('oauth2/token')
export class TokenController {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly grantTypes: GrantTypes,
    private readonly possessions: Possessions,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Throttle(SERVICE_ENDPOINT)
  async token(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenResponse> {
    const { single: parameters, resource } = readParameters(body);
    const client = await this.clients.authenticateCaller(request, parameters);
    const type = parameters.grant_type;
    if (type === undefined)
      throw new OAuthError('invalid_request', 'grant_type is missing (RFC 6749 section 4)');
    const handler = this.grantTypes.get(type);
    if (!handler) throw new OAuthError('unsupported_grant_type', 'This server has no such grant_type');
    if (!client.metadata.grant_types.includes(type)) {
      throw new OAuthError('unauthorized_client', `The client is not registered for the grant_type ${type}`);
    }
    const confirmation = await this.possessions.confirm({ request, reply, client });
    return handler.handle({ client, parameters, resource, address: request.ip, confirmation });
  }
}
