import { GuardedFetch, GuardedFetchError } from '@gatehouse/guarded-fetch';
import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';

const MAX_BYTES = 64 * 1024;
/** RFC 9101 §5.2.3, and what is in use since OpenID Connect Core §6.2. */
const TYPES = ['application/oauth-authz-req+jwt', 'application/jwt'];

/** Fetches request objects from the client's own server (RFC 9101 §5.2). */
@Injectable()
export class RequestUris {
  constructor(@Inject(GuardedFetch) private readonly guardedFetch: GuardedFetch) {}

  /** @throws OAuthError invalid_request_uri */
  async fetch({ metadata }: Client, requestUri: string): Promise<string> {
    // Only what was registered: whoever writes a link cannot make this server ask somebody else (RFC 9101 §10.4.1).
    if (!metadata.request_uris?.includes(requestUri))
      throw new OAuthError('invalid_request_uri', 'request_uri is not one that this client has registered');
    try {
      const response = await this.guardedFetch.fetch(requestUri.replace(/#.*$/, ''), {
        accept: TYPES,
        maxBytes: MAX_BYTES,
      });
      return response.text().trim();
    } catch (error) {
      if (!(error instanceof GuardedFetchError)) throw error;
      throw new OAuthError('invalid_request_uri', 'There is no request object at the request_uri');
    }
  }
}
