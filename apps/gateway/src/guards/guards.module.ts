import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessTokenGuard } from './access-token.guard.js';
import { IpGuard } from './ip.guard.js';
import { RouteGuards } from './route-guards.service.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [RouteGuards, AccessTokenGuard, IpGuard],
  exports: [RouteGuards, AccessTokenGuard],
})
export class GuardsModule {}
