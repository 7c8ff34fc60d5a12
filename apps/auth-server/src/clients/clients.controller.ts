import { Documented, etagOf, withEtag } from '@gatehouse/admin';
import { clientMetadata, type ClientMetadata } from '@gatehouse/client';
import { parse, Problem } from '@gatehouse/http';
import { Body, Delete, Get, Header, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { Preconditions } from '../admin/preconditions.service.js';
import { Audit } from '../audit/audit.service.js';
import { GrantTypes } from '../token/grant-types.service.js';
import { ClientAuthenticators } from './authentication/client-authenticators.service.js';
import { liveRetiring } from './client-secrets.js';
import { SectorIdentifiers } from '../claims/sector-identifiers.service.js';
import type { Client } from './client.entity.js';
import { ClientsService, type RegisteredClient } from './clients.service.js';

/** Rotating a secret everywhere may take a while, but not for ever. */
const MAX_OVERLAP_S = 30 * 86_400;

const page = z.object({
  cursor: z.string().max(200).default(''),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

const secrets = {
  client_secret: z.string().optional().describe('told this once'),
  client_secret_expires_at: z.int().optional(),
  previous_client_secret_expires_at: z.int().optional(),
};

const clientAnswer = z
  .looseObject({ client_id: z.string(), client_id_issued_at: z.int(), ...secrets })
  .and(clientMetadata);

const renewal = z.object({
  /** Seconds for which the secret before works, too. */
  overlap: z.int().min(0).max(MAX_OVERLAP_S).default(0),
});

/** `/admin/v1/clients`: client administration, in the member names of RFC 7591. */
@AdminApi('clients')
export class ClientsController {
  constructor(
    private readonly clients: ClientsService,
    private readonly grantTypes: GrantTypes,
    private readonly authenticators: ClientAuthenticators,
    private readonly sectors: SectorIdentifiers,
    private readonly preconditions: Preconditions,
    private readonly audit: Audit,
  ) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Documented({ summary: 'Register a client', body: clientMetadata, answer: clientAnswer })
  async create(@Body() body: unknown) {
    const registered = await this.clients.register({ metadata: await this.metadata(body), origin: 'admin' });
    this.audit.record({ type: 'client.created', clientId: registered.client.clientId });
    return registeredBody(registered);
  }

  @Get()
  @Documented({
    summary: 'List clients',
    query: page,
    answer: z.object({ clients: z.array(clientAnswer), next_cursor: z.string().optional() }),
  })
  async list(@Query() query: unknown) {
    const { cursor, limit } = parse(page, query);
    const clients = await this.clients.list(cursor, limit);
    const next = clients.length === limit ? clients.at(-1)!.clientId : undefined;
    return { clients: clients.map(clientBody), ...(next === undefined ? {} : { next_cursor: next }) };
  }

  @Get(':client_id')
  @Documented({ summary: 'Read a client', answer: clientAnswer })
  async read(@Param('client_id') clientId: string, @Res({ passthrough: true }) reply: FastifyReply) {
    return withEtag(reply, clientBody(await this.existing(clientId)));
  }

  /** Replaces all metadata: a member that is left out gets its default. */
  @Put(':client_id')
  @Header('Cache-Control', 'no-store')
  @Documented({ summary: "Replace a client's metadata", body: clientMetadata, answer: clientAnswer })
  async replace(
    @Param('client_id') clientId: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const metadata = await this.metadata(body);
    const registered = await this.preconditions.change(
      request,
      async () => clientBody(await this.existing(clientId)),
      async () => this.clients.replace(await this.existing(clientId), metadata),
    );
    this.audit.record({ type: 'client.changed', clientId });
    reply.header('etag', etagOf(clientBody(await this.existing(clientId))));
    return registeredBody(registered);
  }

  @Post(':client_id/secret')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Documented({
    summary: 'Give a client a new secret',
    body: renewal,
    answer: z.object({ client_id: z.string(), ...secrets }),
  })
  async renewSecret(@Param('client_id') clientId: string, @Body() body: unknown) {
    const { overlap } = parse(renewal, body ?? {});
    const client = await this.existing(clientId);
    if (client.secretHash === null)
      throw new Problem(409, 'This client has no secret: its token_endpoint_auth_method needs none.');
    const renewed = await this.clients.renewSecret(client, overlap);
    this.audit.record({ type: 'client.secret_renewed', clientId, detail: { overlap } });
    return {
      client_id: clientId,
      client_secret: renewed.secret,
      client_secret_expires_at: 0,
      ...retiringBody(renewed.client),
    };
  }

  @Delete(':client_id')
  @HttpCode(204)
  @Documented({ summary: 'Delete a client with its grants and tokens' })
  async delete(@Param('client_id') clientId: string): Promise<void> {
    await this.existing(clientId);
    await this.clients.delete(clientId);
    this.audit.record({ type: 'client.deleted', clientId });
  }

  private async metadata(body: unknown): Promise<ClientMetadata> {
    const metadata = parse(clientMetadata, body);
    if (!this.authenticators.has(metadata.token_endpoint_auth_method)) {
      throw new Problem(422, 'Some members of the request cannot be used.', {
        errors: [
          {
            pointer: '/token_endpoint_auth_method',
            detail: `must be one of ${this.authenticators.names().join(', ')}`,
          },
        ],
      });
    }
    const unknown = metadata.grant_types.findIndex((type) => !this.grantTypes.has(type));
    if (unknown >= 0) {
      throw new Problem(422, 'Some members of the request cannot be used.', {
        errors: [
          {
            pointer: `/grant_types/${unknown}`,
            detail: `must be one of ${this.grantTypes.names().join(', ')}`,
          },
        ],
      });
    }
    const fault = await this.sectors.faultOf(metadata);
    if (fault !== undefined) {
      throw new Problem(422, 'Some members of the request cannot be used.', {
        errors: [{ pointer: '/sector_identifier_uri', detail: fault }],
      });
    }
    return metadata;
  }

  private async existing(clientId: string): Promise<Client> {
    const client = await this.clients.read(clientId);
    if (!client) throw new Problem(404, 'There is no client with this client_id.');
    return client;
  }
}

function clientBody(client: Client) {
  return {
    client_id: client.clientId,
    client_id_issued_at: Math.floor(client.createdAt.getTime() / 1000),
    ...client.metadata,
    ...retiringBody(client),
  };
}

/** Until when the secret before works, during a rotation; the one in use does not expire. */
function retiringBody(client: Client) {
  const retiring = liveRetiring(client);
  return retiring ? { previous_client_secret_expires_at: retiring.expiresAt } : {};
}

/** RFC 7591 §3.2.1: with the secret, which is told this once. */
function registeredBody({ client, secret }: RegisteredClient) {
  const secretMembers = secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 };
  return { ...clientBody(client), ...secretMembers };
}
