import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessTokenGuard } from './access-token.guard.js';
import { RouteGuards } from './route-guards.service.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [RouteGuards, AccessTokenGuard],
  exports: [RouteGuards, AccessTokenGuard],
})
export class GuardsModule {}
