import { OAuthError, readParameters } from '@gatehouse/http';
import { Body, Controller, Header, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readScopes } from '../authorize/requested-scopes.js';
import { ClientAuthentication } from '../clients/client-authentication.service.js';
import { administrationBy } from './administration.js';
import { CONFIG, type Config } from '../config.js';
import { ResourcesService } from '../resources/resources.service.js';
import { DEVICE_CODE } from './device-code.grant.js';
import { DeviceRequests, INTERVAL_S, LIFETIME_S } from './device-requests.service.js';

/** `POST /oauth2/device_authorization` (RFC 8628 §3.1). */
@Controller('oauth2/device_authorization')
export class DeviceAuthorizationController {
  constructor(
    private readonly clients: ClientAuthentication,
    private readonly resources: ResourcesService,
    private readonly devices: DeviceRequests,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async begin(@Body() body: unknown, @Req() request: FastifyRequest) {
    const { single, resource } = readParameters(body);
    const client = await this.clients.authenticateCaller(request, single);
    if (!client.metadata.grant_types.includes(DEVICE_CODE))
      throw new OAuthError(
        'unauthorized_client',
        `The client is not registered for the grant type ${DEVICE_CODE}`,
      );
    const scopes = readScopes(client, single.scope, administrationBy(client));
    const target = await this.resources.resolve(scopes, resource);
    const { deviceCode, userCode } = await this.devices.begin({ clientId: client.clientId, ...target });
    const page = `${this.config.issuer}/device`;
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: page,
      verification_uri_complete: `${page}?user_code=${userCode}`,
      expires_in: LIFETIME_S,
      interval: INTERVAL_S,
    };
  }
}
