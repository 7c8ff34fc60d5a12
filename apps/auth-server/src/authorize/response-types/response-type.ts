import { DiscoveryService } from '@nestjs/core';
import type { Client } from '../../clients/client.entity.js';
import type { Grant } from '../../grants/grant.entity.js';
import type { LoginSession } from '../../sessions/sessions.service.js';
import type { AuthorizationRequest } from '../authorization-request.js';
import type { AnswerMembers } from '../response-modes/response-mode.js';

/** A request that its user has agreed to. */
export interface Agreement {
  readonly request: AuthorizationRequest;
  readonly client: Client;
  readonly session: LoginSession;
  readonly grant: Grant;
  /** The browser's address, for audit. */
  readonly address: string;
}

/** One part of `response_type` (`code`, `token`, …): what it adds to the answer, and what it asks of a request. */
export interface ResponseTypeHandler {
  /** The grant type that a client must be registered for. */
  readonly grantType?: string;
  /** @throws OAuthError when the request lacks what this part needs */
  check?(request: AuthorizationRequest, client: Client): void;
  /** @param issued what the parts before it have added: `code`, then `token`, then `id_token`, which hashes both */
  issue(agreement: Agreement, issued: AnswerMembers): Promise<AnswerMembers>;
}

/** Marks a `ResponseTypeHandler`; the argument is the part's name. */
export const ResponseType = DiscoveryService.createDecorator<string>();
