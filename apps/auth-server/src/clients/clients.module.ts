import { Global, Module } from '@nestjs/common';
import { ClientAuthentication } from './client-authentication.service.js';
import { ClientsController } from './clients.controller.js';
import { ClientsService } from './clients.service.js';

@Global()
@Module({
  controllers: [ClientsController],
  providers: [ClientsService, ClientAuthentication],
  exports: [ClientsService, ClientAuthentication],
})
export class ClientsModule {}
