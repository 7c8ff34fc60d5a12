import type { Confirmation } from '@gatehouse/token';
import { DiscoveryService } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Client } from '../clients/client.entity.js';

/** A request to the token endpoint whose client is known. */
export interface TokenExchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly client: Client;
}

/** A request to one of this server's own APIs, with its access token. */
export interface TokenUse {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly token: string;
}

/** One way to bind tokens to a key. Put `@ProofOfPossession()` on a provider of any module. */
export interface PossessionMethod {
  /** The member of `cnf` that is its own. */
  readonly member: keyof Confirmation;
  /**
   * What the tokens of this request are bound to: a value of `member`, or undefined when they are not.
   * @throws OAuthError when the proof is no good, or the client must give one and gave none
   */
  confirm(exchange: TokenExchange): Promise<string | undefined>;
  /** @throws OAuthError when the request does not prove that it has the key `value` names */
  prove(use: TokenUse, value: string): Promise<void>;
}

/** Marks a `PossessionMethod`. */
export const ProofOfPossession = DiscoveryService.createDecorator();
