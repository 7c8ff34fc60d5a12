import { randomUUID } from 'node:crypto';
import { type ClientMetadata, isLoopback, isPublicClient, usesSecret } from '@gatehouse/client';
import { Problem } from '@gatehouse/http';
import { type Hash, newSecret, type SecretBox } from '@gatehouse/token';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { InjectDataSource } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import { DataSource, type EntityManager, QueryFailedError } from 'typeorm';
import { RevocationsService } from '../revocation/revocations.service.js';
import { CONFIG, type Config } from '../config.js';
import { ClientRedirectUri } from './client-redirect-uri.entity.js';
import { changedSecret, NO_SECRET, rotatedSecret, secretBox, secretColumns } from './client-secrets.js';
import { type ClientFinder, ClientSource } from './client-source.js';
import { Client, type ClientOrigin, type RegistrationTerms } from './client.entity.js';

const CACHED = 1_000;
/** A change on another replica is seen within this time. */
const FRESH_MS = 1_000;

const DAY_MS = 86_400_000;

/** RFC 6749 appendix A.1. */
const CLIENT_ID = /^[\x20-\x7E]{1,500}$/;

/** Another replica may issue tokens to a client that it remembers; with a second for a slow one. */
const DELETED_UNNOTICED_S = 2;

/** A client as it was just registered: the only time its secret is known. */
export interface RegisteredClient {
  readonly client: Client;
  readonly secret: string | undefined;
}

export interface Registration {
  readonly metadata: ClientMetadata;
  readonly origin: ClientOrigin;
  /** Made up when absent. */
  readonly clientId?: string;
  /** Made up when absent; only for clients that have one. */
  readonly secret?: string;
  /** RFC 7592: where the client may manage itself. */
  readonly registrationTokenHash?: Hash;
  readonly registrationTerms?: RegistrationTerms;
}

@Injectable()
export class ClientsService implements OnModuleInit {
  private readonly logger = new Logger(ClientsService.name);
  private readonly box: SecretBox;
  private readonly cache = new LRUCache<string, { client: Client | undefined }>({
    max: CACHED,
    ttl: FRESH_MS,
  });

  /** Reads under way: the requests of one moment share one. */
  private readonly reading = new Map<string, Promise<Client | undefined>>();
  private sources: readonly ClientFinder[] = [];

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly revocations: RevocationsService,
    private readonly discovery: DiscoveryService,
    @Inject(CONFIG) config: Config,
  ) {
    this.box = secretBox(config.secret);
  }

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: ClientSource.KEY });
    this.sources = marked.map((wrapper) => wrapper.instance as ClientFinder);
  }

  /** A client as it is, or was less than a second ago: for requests of clients. */
  async find(clientId: string): Promise<Client | undefined> {
    const cached = this.cache.get(clientId);
    if (cached) return cached.client;
    const under = this.reading.get(clientId);
    if (under) return under;
    const reading: Promise<Client | undefined> = this.findNow(
      clientId,
      () => this.reading.get(clientId) === reading,
    );
    this.reading.set(clientId, reading);
    try {
      return await reading;
    } finally {
      if (this.reading.get(clientId) === reading) this.reading.delete(clientId);
    }
  }

  /** @param isCurrent whether the client has not been changed meanwhile */
  private async findNow(clientId: string, isCurrent: () => boolean): Promise<Client | undefined> {
    const source = this.sources.find((one) => one.owns(clientId));
    const client = await (source ?? { find: (id: string) => this.read(id) }).find(clientId);
    if (isCurrent()) this.cache.set(clientId, { client });
    if (client) this.noteUse(client);
    return client;
  }

  /** What was read before a change is not to be used after it. */
  private forget(clientId: string): void {
    this.cache.delete(clientId);
    this.reading.delete(clientId);
  }

  /** A client as it is now: for whoever is about to change it. */
  async read(clientId: string): Promise<Client | undefined> {
    if (!CLIENT_ID.test(clientId)) return undefined;
    return (await this.database.getRepository(Client).findOneBy({ clientId })) ?? undefined;
  }

  /** A page of clients by id, beginning after `cursor`. */
  list(cursor: string, limit: number): Promise<Client[]> {
    return this.database
      .getRepository(Client)
      .createQueryBuilder('client')
      .where('client.clientId > :cursor', { cursor })
      .orderBy('client.clientId')
      .limit(limit)
      .getMany();
  }

  /** What clients are called, by id; those that are gone are left out. */
  async names(clientIds: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.database.query<{ id: string; name: string | null }[]>(
      "SELECT client_id AS id, metadata->>'client_name' AS name FROM auth.client WHERE client_id = ANY ($1)",
      [clientIds],
    );
    return new Map(rows.map(({ id, name }) => [id, name ?? id]));
  }

  /** @throws Problem 422 when a redirect URI belongs to another client */
  async register(registration: Registration): Promise<RegisteredClient> {
    const { metadata, origin } = registration;
    const clientId = registration.clientId ?? randomUUID();
    const secret = usesSecret(metadata) ? (registration.secret ?? newSecret()) : undefined;
    const columns = secret === undefined ? NO_SECRET : secretColumns(clientId, metadata, secret, this.box);
    const client = this.database.getRepository(Client).create({
      clientId,
      ...columns,
      metadata,
      origin,
      registrationTokenHash: registration.registrationTokenHash ?? null,
      registrationTerms: registration.registrationTerms ?? null,
      usedAt: null,
      metadataFreshUntil: null,
      createdAt: new Date(),
      updatedAt: new Date(),
    });
    await this.write(client, (manager) => manager.insert(Client, client as never));
    return { client, secret };
  }

  /**
   * Replaces the metadata. A client that now needs a secret, or one that can be a key, gets one.
   * @throws Problem 422 when a redirect URI belongs to another client
   */
  async replace(client: Client, metadata: ClientMetadata, secret?: string): Promise<RegisteredClient> {
    const { columns, secret: told } = changedSecret(client, metadata, secret, this.box);
    const changed = Object.assign(new Client(), client, { metadata, ...columns, updatedAt: new Date() });
    const { clientId } = client;
    await this.write(changed, (manager) =>
      manager.update(
        Client,
        { clientId },
        { metadata: metadata as never, ...columns, updatedAt: changed.updatedAt },
      ),
    );
    return { client: changed, secret: told };
  }

  /**
   * Gives a client a new secret.
   * @param overlap seconds for which the one before works, too; 0: it ends at once
   */
  async renewSecret(client: Client, overlap = 0): Promise<RegisteredClient & { secret: string }> {
    const secret = newSecret();
    const columns = rotatedSecret(client, secret, overlap, this.box);
    const { clientId } = client;
    await this.database.getRepository(Client).update({ clientId }, { ...columns, updatedAt: new Date() });
    this.forget(clientId);
    return { client: Object.assign(new Client(), client, columns), secret };
  }

  /** Deletes the client with its grants, and revokes every token it has. */
  async delete(clientId: string): Promise<void> {
    await this.revocations.revoke('client', clientId, {
      marginS: DELETED_UNNOTICED_S,
      work: async (manager) => {
        await manager.delete(Client, { clientId });
      },
    });
    this.forget(clientId);
  }

  /** Unused clients expire; that this one is used need not be known to the second, nor hold up its request. */
  private noteUse({ clientId, origin, usedAt }: Client): void {
    if (!SELF_REGISTERED.has(origin) || (usedAt && Date.now() - usedAt.getTime() < DAY_MS)) return;
    this.database
      .getRepository(Client)
      .createQueryBuilder()
      .update()
      .set({ usedAt: new Date(), updatedAt: () => 'updated_at' })
      .where({ clientId })
      .execute()
      .catch((error: Error) => this.logger.warn(`A client's use could not be noted: ${error.message}`));
  }

  private async write(client: Client, work: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    const { clientId, metadata, origin } = client;
    try {
      await this.database.transaction(async (manager) => {
        await work(manager);
        await manager.delete(ClientRedirectUri, { clientId });
        const uris = [...new Set(metadata.redirect_uris)];
        const rows = uris.map((uri) => ({ uri, clientId, exclusive: isExclusive(uri, metadata, origin) }));
        if (rows.length > 0) await manager.insert(ClientRedirectUri, rows);
      });
    } catch (error) {
      throw takenRedirectUri(error, metadata) ?? error;
    }
    this.forget(clientId);
  }
}

const SELF_REGISTERED: ReadonlySet<ClientOrigin> = new Set(['dynamic', 'metadata_document']);

/**
 * Native and development clients share loopback and private-use URIs by nature; public clients that register
 * themselves share the callback of the application that they are copies of, as MCP clients do. A metadata document
 * takes no URI from others, or anybody could by publishing one.
 */
function isExclusive(uri: string, metadata: ClientMetadata, origin: ClientOrigin): boolean {
  const url = new URL(uri);
  if (origin === 'metadata_document' || (origin === 'dynamic' && isPublicClient(metadata))) return false;
  return !metadata.share_redirect_uris && url.protocol === 'https:' && !isLoopback(url);
}

/** The index of exclusive URIs decides, so two registrations at once cannot both win. */
function takenRedirectUri(error: unknown, metadata: ClientMetadata): Problem | undefined {
  const fault =
    error instanceof QueryFailedError ? (error.driverError as { constraint?: string; detail?: string }) : {};
  if (fault.constraint !== 'client_redirect_uri_exclusive') return undefined;
  const index = metadata.redirect_uris.findIndex((uri) => fault.detail?.includes(`(${uri})`));
  return new Problem(422, 'Another client has this redirect URI.', {
    errors: [
      {
        pointer: `/redirect_uris/${Math.max(0, index)}`,
        detail: 'is registered by another client; set share_redirect_uris to true to allow it',
      },
    ],
  });
}
