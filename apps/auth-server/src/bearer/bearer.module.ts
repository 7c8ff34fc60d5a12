import { Global, Module } from '@nestjs/common';
import { BearerGuard } from './bearer.guard.js';

@Global()
@Module({ providers: [BearerGuard], exports: [BearerGuard] })
export class BearerModule {}
