import { type Confirmation, InvalidTokenError, type PresentedToken, tokenTypeOf } from '@gatehouse/token';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import {
  type PossessionMethod,
  ProofOfPossession,
  type TokenExchange,
  type TokenUse,
} from './possession-method.js';

/** All ways to bind tokens that this server has. */
@Injectable()
export class Possessions implements OnModuleInit {
  private methods: readonly PossessionMethod[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: ProofOfPossession.KEY });
    this.methods = marked.map((wrapper) => wrapper.instance as PossessionMethod);
  }

  /**
   * What the tokens of a token request are bound to.
   * @throws OAuthError when a proof is no good or missing
   */
  async confirm(exchange: TokenExchange): Promise<Confirmation | undefined> {
    let confirmation: Confirmation | undefined;
    for (const method of this.methods) {
      const value = await method.confirm(exchange);
      if (value !== undefined) confirmation = { ...confirmation, [method.member]: value };
    }
    return confirmation;
  }

  /**
   * Whether a request may use its token: a bound one only with its proof, and only in its own scheme (RFC 9449 §7.1).
   * @throws OAuthError, InvalidTokenError
   */
  async prove(use: TokenUse, scheme: PresentedToken['scheme'], cnf: Confirmation | undefined): Promise<void> {
    if (scheme !== tokenTypeOf(cnf)) {
      throw new InvalidTokenError(
        scheme === 'Bearer'
          ? 'The token is bound to a key, and needs the scheme DPoP'
          : 'The token is bound to no DPoP key, and needs the scheme Bearer',
      );
    }
    for (const [member, value] of Object.entries(cnf ?? {})) {
      const method = this.methods.find((one) => one.member === member);
      // A binding that nobody here can check is no reason to let the token pass.
      if (!method || typeof value !== 'string')
        throw new InvalidTokenError('The token is bound in a way that is not accepted here');
      await method.prove(use, value);
    }
  }
}
