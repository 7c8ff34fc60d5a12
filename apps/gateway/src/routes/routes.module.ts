import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CompileRoute } from './compile-route.service.js';
import { RouteRow } from './route.entity.js';
import { RoutesInForce } from './routes-in-force.service.js';
import { RoutesController } from './routes.controller.js';
import { RoutesService } from './routes.service.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([RouteRow])],
  controllers: [RoutesController],
  providers: [CompileRoute, RoutesInForce, RoutesService],
  exports: [RoutesInForce, RoutesService],
})
export class RoutesModule {}
