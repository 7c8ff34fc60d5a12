import { Module } from '@nestjs/common';
import { ExchangedTokens } from './exchanged-tokens.service.js';
import { TokenExchangeGrant } from './token-exchange.grant.js';

/** Token exchange (RFC 8693). */
@Module({ providers: [ExchangedTokens, TokenExchangeGrant] })
export class TokenExchangeModule {}
