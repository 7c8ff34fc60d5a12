import { Global, Module } from '@nestjs/common';
import { CompileRoute } from './compile-route.service.js';
import { ResolveController } from './resolve.controller.js';
import { RouteKind } from './route-kind.js';
import { RoutesInForce } from './routes-in-force.service.js';
import { RoutesController } from './routes.controller.js';

@Global()
@Module({
  controllers: [ResolveController, RoutesController],
  providers: [CompileRoute, RouteKind, RoutesInForce],
  exports: [RouteKind, RoutesInForce],
})
export class RoutesModule {}
