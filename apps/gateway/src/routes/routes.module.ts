import { Global, Module } from '@nestjs/common';
import { CompileRoute } from './compile-route.service.js';
import { ResolveController } from './resolve.controller.js';
import { RouteCallers } from './route-callers.service.js';
import { RouteKind } from './route-kind.js';
import { RoutesInForce } from './routes-in-force.service.js';
import { RoutesController } from './routes.controller.js';

@Global()
@Module({
  controllers: [ResolveController, RoutesController],
  providers: [CompileRoute, RouteCallers, RouteKind, RoutesInForce],
  exports: [RouteCallers, RouteKind, RoutesInForce],
})
export class RoutesModule {}
