import { Module } from '@nestjs/common';
import { InitialAccessTokensController } from './initial-access-tokens.controller.js';
import { InitialAccessTokens } from './initial-access-tokens.service.js';
import { RegistrationController } from './registration.controller.js';
import { RegistrationMetadata } from './registration-metadata.js';
import { RegistrationService } from './registration.service.js';
import { SoftwareStatementIssuersController } from './software-statement-issuers.controller.js';
import { SoftwareStatements } from './software-statements.service.js';
import { UnusedClients } from './unused-clients.js';

/** Dynamic client registration (RFC 7591) and management (RFC 7592). */
@Module({
  controllers: [RegistrationController, InitialAccessTokensController, SoftwareStatementIssuersController],
  providers: [
    InitialAccessTokens,
    RegistrationMetadata,
    RegistrationService,
    SoftwareStatements,
    UnusedClients,
  ],
})
export class RegistrationModule {}
