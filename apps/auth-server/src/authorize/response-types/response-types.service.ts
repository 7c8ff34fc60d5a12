import { RESPONSE_TYPES } from '@gatehouse/client';
import { OAuthError } from '@gatehouse/http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import type { Client } from '../../clients/client.entity.js';
import type { AuthorizationRequest } from '../authorization-request.js';
import type { AnswerMembers } from '../response-modes/response-mode.js';
import { type Agreement, ResponseType, type ResponseTypeHandler } from './response-type.js';

/** `id_token` hashes the others, so it comes last (OpenID Connect Core §3.3.2.11). */
const ORDER = ['code', 'token', 'id_token', 'none'];

/** All response types this server has. */
@Injectable()
export class ResponseTypes implements OnModuleInit {
  private readonly handlers = new Map<string, ResponseTypeHandler>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: ResponseType.KEY })) {
      const name = this.discovery.getMetadataByDecorator(ResponseType, wrapper);
      if (name === undefined) continue;
      if (this.handlers.has(name)) throw new Error(`Two providers claim the response type ${name}`);
      this.handlers.set(name, wrapper.instance as ResponseTypeHandler);
    }
  }

  /** For discovery: every combination of the parts there are. */
  names(): string[] {
    return RESPONSE_TYPES.filter((type) => type.split(' ').every((part) => this.handlers.has(part)));
  }

  /**
   * The parts of a request's `response_type`, when the client may have them.
   * @throws OAuthError invalid_request, unsupported_response_type, unauthorized_client
   */
  read(client: Client, responseType: string | undefined): readonly string[] {
    if (responseType === undefined) throw new OAuthError('invalid_request', 'response_type is missing');
    const parts = partsOf(responseType);
    const name = parts.join(' ');
    if (!this.names().includes(name)) {
      throw new OAuthError(
        'unsupported_response_type',
        `response_type must be one of ${this.names().join(', ')}`,
      );
    }
    for (const part of parts) this.checkGrantType(client, part);
    if (!(client.metadata.response_types as readonly string[]).includes(name)) {
      throw new OAuthError(
        'unauthorized_client',
        `The client is not registered for the response_type ${name}`,
      );
    }
    return parts;
  }

  /** @throws OAuthError when the request lacks what one of its response types needs */
  check(request: AuthorizationRequest, client: Client): void {
    for (const part of request.responseTypes) this.handlers.get(part)!.check?.(request, client);
  }

  /** What the client gets. */
  async issue(agreement: Agreement): Promise<AnswerMembers> {
    let members: AnswerMembers = {};
    for (const part of ORDER) {
      if (!agreement.request.responseTypes.includes(part)) continue;
      members = { ...members, ...(await this.handlers.get(part)!.issue(agreement, members)) };
    }
    return members;
  }

  private checkGrantType(client: Client, part: string): void {
    const { grantType } = this.handlers.get(part)!;
    if (grantType === undefined || client.metadata.grant_types.includes(grantType)) return;
    throw new OAuthError(
      'unauthorized_client',
      `The client is not registered for the grant type ${grantType}`,
    );
  }
}

/** In the order of their names; which order they are sent in means nothing (OAuth 2.0 Multiple Response Types §3). */
export function partsOf(responseType: string | undefined): readonly string[] {
  return (responseType ?? '').split(' ').filter(Boolean).sort();
}
