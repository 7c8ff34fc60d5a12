import { Global, Module } from '@nestjs/common';
import { RoutesInForce } from './routes-in-force.service.js';
import { RoutesController } from './routes.controller.js';
import { RoutesService } from './routes.service.js';

@Global()
@Module({
  controllers: [RoutesController],
  providers: [RoutesInForce, RoutesService],
  exports: [RoutesInForce, RoutesService],
})
export class RoutesModule {}
