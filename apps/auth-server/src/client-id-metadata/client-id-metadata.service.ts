import type { ClientMetadata } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { type ClientFinder, ClientSource } from '../clients/client-source.js';
import { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { clientIdUrlFault } from './client-id-url.js';
import { DocumentUnavailableError, MetadataDocuments, refused } from './metadata-documents.service.js';

/** While a document cannot be fetched, what it said last holds for this long after it went stale. */
const STALE_MS = 86_400_000;
/** A failure is remembered for so long, so that nobody is asked again and again. */
const FAILURE_MS = 30_000;

interface Failure {
  readonly refusal: OAuthError;
  /** The document could not be had; it was not found bad. */
  readonly unavailable: boolean;
}

/** Clients whose client_id is the https address of their metadata (draft-ietf-oauth-client-id-metadata-document). */
@Injectable()
@ClientSource()
export class ClientIdMetadata implements ClientFinder {
  private readonly logger = new Logger(ClientIdMetadata.name);
  private readonly loading = new Map<string, Promise<Client>>();
  private readonly failures = new LRUCache<string, Failure>({ max: 1_000, ttl: FAILURE_MS });

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @InjectDataSource() private readonly database: DataSource,
    private readonly documents: MetadataDocuments,
    private readonly clients: ClientsService,
  ) {}

  owns(clientId: string): boolean {
    return /^https?:/i.test(clientId);
  }

  async find(clientId: string): Promise<Client | undefined> {
    const known = await this.clients.read(clientId);
    // An administrator's client keeps its id, whatever it looks like.
    if (known && known.origin !== 'metadata_document') return known;
    if (!this.config.clientIdMetadata) return undefined;
    if (known?.metadataFreshUntil && known.metadataFreshUntil > new Date()) return known;
    const failure = this.failures.get(clientId);
    if (failure) return without(failure, known);
    const fault = clientIdUrlFault(clientId);
    if (fault !== undefined) throw refused(`its address ${fault}`);
    const running = this.loading.get(clientId) ?? this.load(clientId, known);
    this.loading.set(clientId, running);
    return running.finally(() => this.loading.delete(clientId));
  }

  private async load(clientId: string, known: Client | undefined): Promise<Client> {
    try {
      const { metadata, freshS } = await this.documents.fetch(clientId);
      const client = await this.keep(clientId, metadata, known);
      const metadataFreshUntil = new Date(Date.now() + freshS * 1000);
      await this.database.getRepository(Client).update({ clientId }, { metadataFreshUntil });
      return Object.assign(client, { metadataFreshUntil });
    } catch (error) {
      const failure = failureOf(error);
      if (!failure) throw error;
      this.logger.warn(`${clientId}: ${failure.refusal.description}`);
      this.failures.set(clientId, failure);
      return without(failure, known);
    }
  }

  private async keep(clientId: string, metadata: ClientMetadata, known: Client | undefined): Promise<Client> {
    if (known) return (await this.clients.replace(known, metadata)).client;
    try {
      return (await this.clients.register({ clientId, metadata, origin: 'metadata_document' })).client;
    } catch (error) {
      // Another replica may have been asked for the same client just now.
      const other = await this.clients.read(clientId);
      if (!other) throw error;
      return other;
    }
  }
}

function failureOf(error: unknown): Failure | undefined {
  if (error instanceof DocumentUnavailableError) {
    return { refusal: refused(error.message), unavailable: true };
  }
  if (!(error instanceof OAuthError)) return undefined;
  return {
    refusal: error.code === 'invalid_client' ? error : refused(error.description),
    unavailable: false,
  };
}

/** What the document said before, where that may still be so. */
function without({ refusal, unavailable }: Failure, known: Client | undefined): Client {
  const staleSince = known?.metadataFreshUntil?.getTime() ?? 0;
  if (known && unavailable && Date.now() - staleSince < STALE_MS) return known;
  throw refusal;
}
