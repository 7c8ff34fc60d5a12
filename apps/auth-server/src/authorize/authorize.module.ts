import { Global, Module } from '@nestjs/common';
import { InteractionController } from '../interaction/interaction.controller.js';
import { InteractionsService } from '../interaction/interactions.service.js';
import { OwnPages } from '../interaction/own-pages.service.js';
import { Visits } from '../interaction/visits.service.js';
import { AuthorizationResponse } from './authorization-response.service.js';
import { AuthorizeController } from './authorize.controller.js';
import { AuthorizeService } from './authorize.service.js';
import { IdTokenHint } from './id-token-hint.service.js';
import { RequestReader } from './request-reader.service.js';

/** The authorization endpoint, and the pages on which a person answers it. */
@Global()
@Module({
  controllers: [AuthorizeController, InteractionController],
  providers: [
    AuthorizationResponse,
    AuthorizeService,
    IdTokenHint,
    InteractionsService,
    OwnPages,
    RequestReader,
    Visits,
  ],
  exports: [OwnPages],
})
export class AuthorizeModule {}
