import { Global, Module } from '@nestjs/common';
import { ApiKind } from './api.kind.js';
import { ApisController } from './apis.controller.js';

@Global()
@Module({ controllers: [ApisController], providers: [ApiKind], exports: [ApiKind] })
export class ApisModule {}
