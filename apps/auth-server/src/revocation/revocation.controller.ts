import { OAuthError, readParameters } from '@gatehouse/http';
import { Body, Controller, HttpCode, Post, Req } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import type { FastifyRequest } from 'fastify';
import { ClientAuthentication } from '../clients/client-authentication.service.js';
import { SERVICE_ENDPOINT } from '../throttling/limits.js';
import { RevocationService } from './revocation.service.js';

/** `POST /oauth2/revoke` (RFC 7009). */
@Controller('oauth2/revoke')
export class RevocationController {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly revocation: RevocationService,
  ) {}

  @Post()
  @HttpCode(200)
  @Throttle(SERVICE_ENDPOINT)
  async revoke(@Body() body: unknown, @Req() request: FastifyRequest) {
    const { single } = readParameters(body);
    const client = await this.clients.authenticateCaller(request, single);
    if (single.token === undefined)
      throw new OAuthError('invalid_request', 'token is missing (RFC 7009 section 2.1)');
    await this.revocation.revoke(single.token, client.clientId);
    // RFC 7009 §2.2 gives the body no meaning; some clients fail on an answer that is no JSON.
    return {};
  }
}
