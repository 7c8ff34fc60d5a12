import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AuthenticationMetadata } from './authentication/authentication-metadata.service.js';
import { ClientAuthenticators } from './authentication/client-authenticators.service.js';
import { ClientSecretBasic, ClientSecretPost } from './authentication/client-secret.method.js';
import { ClientSecretJwt, PrivateKeyJwt } from './authentication/jwt.methods.js';
import { NoAuthentication } from './authentication/none.method.js';
import { SelfSignedTlsClientAuth, TlsClientAuth } from './authentication/tls.methods.js';
import { ClientAuthentication } from './client-authentication.service.js';
import { ClientsController } from './clients.controller.js';
import { ClientsService } from './clients.service.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  controllers: [ClientsController],
  providers: [
    ClientsService,
    ClientAuthentication,
    ClientAuthenticators,
    AuthenticationMetadata,
    // The methods of client authentication, one line each.
    ClientSecretBasic,
    ClientSecretPost,
    ClientSecretJwt,
    PrivateKeyJwt,
    TlsClientAuth,
    SelfSignedTlsClientAuth,
    NoAuthentication,
  ],
  exports: [ClientsService, ClientAuthentication, ClientAuthenticators],
})
export class ClientsModule {}
