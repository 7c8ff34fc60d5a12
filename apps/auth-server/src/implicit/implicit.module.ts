import { Module } from '@nestjs/common';
import { IdTokenResponseType } from './id-token.response-type.js';
import { ImplicitUse } from './implicit-use.service.js';
import { ImplicitGrant } from './implicit.grant.js';
import { NoneResponseType } from './none.response-type.js';
import { TokenResponseType } from './token.response-type.js';

/** For migration only: tokens from the authorization endpoint, for clients that an administrator allows it. */
@Module({
  providers: [IdTokenResponseType, ImplicitGrant, ImplicitUse, NoneResponseType, TokenResponseType],
})
export class ImplicitModule {}
