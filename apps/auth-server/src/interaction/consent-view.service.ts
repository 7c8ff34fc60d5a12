import type { Page } from '@gatehouse/pages';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { DetailsReader } from '../authorize/authorization-details.js';
import { claimsBeyondScopes } from '../authorize/authorize.service.js';
import type { Client } from '../clients/client.entity.js';
import { ResourcesService } from '../resources/resources.service.js';
import { UsersService } from '../users/users.service.js';
import { consentPage } from './consent.page.js';
import { type Visit, Visits } from './visits.service.js';

/** Puts what a client asks for into words. */
@Injectable()
export class ConsentView {
  constructor(
    private readonly visits: Visits,
    private readonly users: UsersService,
    private readonly resources: ResourcesService,
    @Optional() @Inject(DetailsReader) private readonly details?: DetailsReader,
  ) {}

  async page(visit: Visit): Promise<Page> {
    const { metadata } = visit.client;
    const { authorizationDetails } = visit.interaction.request;
    return consentPage({
      ...this.visits.formContext(visit),
      consentCsrf: this.visits.consentCsrf(visit),
      user: (await this.users.find(visit.session!.userId))!,
      permissions: await this.permissions(visit),
      details: (await this.details?.describe(authorizationDetails)) ?? [],
      publishedAt: publisher(visit.client),
      policyUri: metadata.policy_uri,
      termsUri: metadata.tos_uri,
    });
  }

  /** The scopes, each API that none of them belongs to, and the claims that none of them covers. */
  private async permissions({ interaction: { request } }: Visit): Promise<string[]> {
    const described = await this.resources.describe(request.scopes);
    const permissions = described.map(({ description }) => description);
    for (const resource of request.resources) {
      const ofIt = await this.resources.scopesOf(request.scopes, [resource]);
      if (ofIt.length === 0) permissions.push(`Call ${resource} for you`);
    }
    const claims = claimsBeyondScopes(request).map((claim) => `See your ${claim.replaceAll('_', ' ')}`);
    return [...new Set([...permissions, ...claims])];
  }
}

/** Of clients whose id is the address of their metadata. */
function publisher({ origin, clientId }: Client): string | undefined {
  return origin === 'metadata_document' ? new URL(clientId).host : undefined;
}
