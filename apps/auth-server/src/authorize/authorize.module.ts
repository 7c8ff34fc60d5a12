import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ConsentView } from '../interaction/consent-view.service.js';
import { InteractionController } from '../interaction/interaction.controller.js';
import { InteractionsService } from '../interaction/interactions.service.js';
import { OwnPages } from '../interaction/own-pages.service.js';
import { Visits } from '../interaction/visits.service.js';
import { AuthorizationResponse } from './authorization-response.service.js';
import { AuthorizeController } from './authorize.controller.js';
import { AuthorizeService } from './authorize.service.js';
import { IdTokenHint } from './id-token-hint.service.js';
import { AuthorizeMetadata } from './authorize-metadata.service.js';
import { RequestOpener } from './request-opener.service.js';
import { RequestReader } from './request-reader.service.js';
import { RequestSources } from './request-sources/request-sources.service.js';
import { FormPostMode } from './response-modes/form-post.mode.js';
import { FragmentMode } from './response-modes/fragment.mode.js';
import { QueryMode } from './response-modes/query.mode.js';
import { ResponseModes } from './response-modes/response-modes.service.js';
import { CodeResponseType } from './response-types/code.response-type.js';
import { ResponseTypes } from './response-types/response-types.service.js';

/** The authorization endpoint, and the pages on which a person answers it. */
@Global()
@Module({
  imports: [DiscoveryModule],
  controllers: [AuthorizeController, InteractionController],
  providers: [
    AuthorizationResponse,
    AuthorizeMetadata,
    AuthorizeService,
    ConsentView,
    IdTokenHint,
    InteractionsService,
    OwnPages,
    RequestOpener,
    RequestReader,
    RequestSources,
    ResponseModes,
    ResponseTypes,
    Visits,
    // The ways to answer, one line each; modules bring more.
    CodeResponseType,
    FormPostMode,
    FragmentMode,
    QueryMode,
  ],
  exports: [IdTokenHint, OwnPages, RequestOpener, RequestReader],
})
export class AuthorizeModule {}
