import { Global, Module } from '@nestjs/common';
import { JwksController } from './jwks.controller.js';
import { KeysController } from './keys.controller.js';
import { KeysService } from './keys.service.js';
import { SigningKeys } from './signing-keys.service.js';

@Global()
@Module({
  controllers: [JwksController, KeysController],
  providers: [SigningKeys, KeysService],
  exports: [KeysService],
})
export class KeysModule {}
