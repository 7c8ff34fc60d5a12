import type { ClientMetadata } from '@gatehouse/client';
import { GuardedFetch, GuardedFetchError } from '@gatehouse/guarded-fetch';
import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import {
  ClientPolicy,
  type ClientRegistration,
  type ClientReviewer,
} from '../client-policy/client-policy.js';

const uris = z.array(z.string()).max(10_000);

/**
 * Holds a client to the list behind its `sector_identifier_uri`: nobody takes part in a sector whose owner does not
 * name their redirect URIs, and so learns its subjects (OpenID Connect Core §8.1, Registration §5).
 */
@Injectable()
@ClientPolicy()
export class SectorIdentifiers implements ClientReviewer {
  constructor(@Inject(GuardedFetch) private readonly guardedFetch: GuardedFetch) {}

  async review({ metadata }: ClientRegistration): Promise<void> {
    const fault = await this.faultOf(metadata);
    if (fault !== undefined)
      throw new OAuthError(
        'invalid_client_metadata',
        `sector_identifier_uri: ${fault.replace(/["\\]/g, "'")}`,
      );
  }

  /** Why the `sector_identifier_uri` cannot be used; undefined when it can, or there is none. */
  async faultOf(metadata: ClientMetadata): Promise<string | undefined> {
    const { sector_identifier_uri: uri, redirect_uris: redirectUris } = metadata;
    if (uri === undefined) return undefined;
    try {
      const answer = await this.guardedFetch.fetch(uri, { accept: ['application/json'] });
      const listed = uris.parse(answer.json());
      const isWhole = redirectUris.every((one) => listed.includes(one));
      return isWhole ? undefined : 'does not list all redirect URIs (OpenID Connect Registration section 5)';
    } catch (error) {
      if (error instanceof GuardedFetchError) return `cannot be fetched: ${error.reason}`;
      if (error instanceof z.ZodError) return 'must answer with a JSON array of redirect URIs';
      throw error;
    }
  }
}
