import { Global, Module } from '@nestjs/common';
import { JwksController } from './jwks.controller.js';
import { KeysService } from './keys.service.js';

@Global()
@Module({ controllers: [JwksController], providers: [KeysService], exports: [KeysService] })
export class KeysModule {}
