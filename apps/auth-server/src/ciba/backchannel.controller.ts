import { OAuthError, readParameters, type Parameters } from '@gatehouse/http';
import { StoreThrottlerStorage, tooManyRequests } from '@gatehouse/throttling';
import { Body, Controller, Header, HttpCode, Inject, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Audit } from '../audit/audit.service.js';
import { IdTokenHint } from '../authorize/id-token-hint.service.js';
import { readScopes } from '../authorize/requested-scopes.js';
import { ClientAuthentication } from '../clients/client-authentication.service.js';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { ResourcesService } from '../resources/resources.service.js';
import { CALLS_OF_PERSON } from '../throttling/limits.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { readBackchannelParameters } from './backchannel-parameters.js';
import { BackchannelRequests, INTERVAL_S } from './backchannel-requests.service.js';
import { CIBA } from './ciba.grant.js';
import { Notifications } from './notifications.service.js';

/** `POST /oauth2/bc-authorize` (OpenID CIBA Core §7). */
@Controller('oauth2/bc-authorize')
export class BackchannelController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly clients: ClientAuthentication,
    private readonly users: UsersService,
    private readonly idTokenHint: IdTokenHint,
    private readonly resources: ResourcesService,
    private readonly requests: BackchannelRequests,
    private readonly notifications: Notifications,
    private readonly limits: StoreThrottlerStorage,
    private readonly audit: Audit,
  ) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async begin(@Body() body: unknown, @Req() request: FastifyRequest) {
    const { single, resource } = readParameters(body);
    const client = await this.clients.authenticateCaller(request, single);
    checkClient(client);
    const parameters = readBackchannelParameters(single, client);
    const { bindingMessage, lifetime, notificationToken } = parameters;
    const target = await this.resources.resolve(readScopes(client, single.scope), resource);
    const user = await this.userOf(single, client);
    await this.bound(user);
    const { clientId, metadata } = client;
    const expiresAt = Math.floor(Date.now() / 1000) + lifetime;
    const authReqId = await this.requests.begin(
      { ...target, clientId, userId: user.id, bindingMessage, expiresAt },
      notificationToken,
    );
    const clientName = metadata.client_name ?? clientId;
    const url = `${this.config.issuer}/ciba`;
    this.notifications.callPerson({ userId: user.id, clientName, bindingMessage, url, expiresAt });
    this.audit.record({ type: 'backchannel.begun', clientId, userId: user.id, address: request.ip });
    return { auth_req_id: authReqId, expires_in: lifetime, interval: INTERVAL_S };
  }

  private async userOf(single: Parameters['single'], { clientId }: Client): Promise<User> {
    const hint = single.id_token_hint;
    const user =
      hint === undefined
        ? await this.users.findByUsername(single.login_hint!)
        : await this.users.find(await this.idTokenHint.read(hint, clientId));
    if (!user) throw new OAuthError('unknown_user_id', 'The hint names nobody here');
    return user;
  }

  /** Who is asked again and again says yes at last: so nobody is. */
  private async bound({ id }: User): Promise<void> {
    const { refusedBy } = await this.limits.consume([{ ...CALLS_OF_PERSON, key: `{ciba}:${id}` }]);
    if (refusedBy) throw tooManyRequests(refusedBy);
  }
}

function checkClient({ metadata }: Client): void {
  // §7.1: the client authenticates; a public one is anybody.
  if (!metadata.grant_types.includes(CIBA) || metadata.token_endpoint_auth_method === 'none')
    throw new OAuthError('unauthorized_client', `The client is not registered for the grant type ${CIBA}`);
}
