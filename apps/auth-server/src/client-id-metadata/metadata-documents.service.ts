import type { ClientMetadata } from '@gatehouse/client';
import { GuardedFetch, GuardedFetchError, type GuardedResponse } from '@gatehouse/guarded-fetch';
import { OAuthError } from '@gatehouse/http';
import { StoreThrottlerStorage } from '@gatehouse/throttling';
import { Inject, Injectable } from '@nestjs/common';
import { ClientRules } from '../client-policy/client-rules.service.js';
import { FETCHES, FETCHES_OF_HOST } from './fetch-limits.js';
import { freshnessOf } from './freshness.js';

/** Draft §6.6 recommends 5 KB; keys take some more. */
const MAX_BYTES = 10_240;
const TIMEOUT_MS = 3_000;
const TYPE = 'application/json';

/** A document that was found good. */
export interface MetadataDocument {
  readonly metadata: ClientMetadata;
  readonly freshS: number;
}

/** The document cannot be had just now; what was in it before may still be so. */
export class DocumentUnavailableError extends Error {
  override readonly name = 'DocumentUnavailableError';
}

/** Fetches and checks client metadata documents (draft-ietf-oauth-client-id-metadata-document §4). */
@Injectable()
export class MetadataDocuments {
  constructor(
    @Inject(GuardedFetch) private readonly guardedFetch: GuardedFetch,
    private readonly rules: ClientRules,
    private readonly limits: StoreThrottlerStorage,
  ) {}

  /**
   * @throws DocumentUnavailableError
   * @throws OAuthError what is wrong with the document
   */
  async fetch(clientId: string): Promise<MetadataDocument> {
    await this.count(new URL(clientId).host);
    const response = await this.get(clientId);
    if (response.status !== 200) throw refused(`its address answers with status ${response.status}`);
    if (!isJson(response)) throw refused(`it is not of the type ${TYPE}`);
    const document = readDocument(response, clientId);
    const metadata = await this.rules.review({
      // Without a way to share a secret, a client that says nothing is public.
      body: { token_endpoint_auth_method: 'none', ...document },
      origin: 'metadata_document',
      clientId,
    });
    return { metadata, freshS: freshnessOf(String(response.headers['cache-control'] ?? '')) };
  }

  private async get(clientId: string): Promise<GuardedResponse> {
    try {
      return await this.guardedFetch.fetch(clientId, {
        headers: { accept: TYPE },
        statuses: [200, 404, 410],
        maxBytes: MAX_BYTES,
        timeoutMs: TIMEOUT_MS,
      });
    } catch (error) {
      if (error instanceof GuardedFetchError) throw new DocumentUnavailableError(error.reason);
      throw error;
    }
  }

  /** Anybody can make this server fetch, by naming a client: so it does only so much of it. */
  private async count(host: string): Promise<void> {
    const { refusedBy } = await this.limits.consume([
      { ...FETCHES_OF_HOST, key: `{metadata-documents}:${host}` },
      { ...FETCHES, key: '{metadata-documents}' },
    ]);
    if (refusedBy) throw new DocumentUnavailableError('too many are fetched');
  }
}

function readDocument(response: GuardedResponse, clientId: string): Readonly<Record<string, unknown>> {
  const document = parsed(response);
  if (document.client_id !== clientId) throw refused('its client_id is not its address');
  if ('client_secret' in document || 'client_secret_expires_at' in document) {
    throw refused('it has a client_secret, which everybody could read');
  }
  const method = document.token_endpoint_auth_method;
  if (typeof method === 'string' && method.startsWith('client_secret')) {
    throw refused(`${method} needs a secret, and there is none`);
  }
  return document;
}

function isJson({ headers }: GuardedResponse): boolean {
  return /^application\/json\s*(;|$)/i.test(String(headers['content-type'] ?? ''));
}

function parsed(response: GuardedResponse): Readonly<Record<string, unknown>> {
  try {
    const document = response.json();
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) {
      return document as Readonly<Record<string, unknown>>;
    }
  } catch {
    // Told below.
  }
  throw refused('it is no JSON object');
}

/** Draft §4: the client is not to be talked to. */
export function refused(reason: string): OAuthError {
  const text = `The metadata document of this client_id cannot be used: ${reason}`;
  return new OAuthError('invalid_client', text.slice(0, 300).replace(/[^\x20-\x7E]|["\\]/g, '?'));
}
