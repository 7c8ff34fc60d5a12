import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessTokenGuard } from './access-token.guard.js';
import { ClientCertificates } from './client-certificates.service.js';
import { IpGuard } from './ip.guard.js';
import { RouteGuards } from './route-guards.service.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [RouteGuards, AccessTokenGuard, ClientCertificates, IpGuard],
  exports: [RouteGuards, AccessTokenGuard, ClientCertificates],
})
export class GuardsModule {}
