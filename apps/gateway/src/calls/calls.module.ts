import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessLog } from './access-log.js';
import { CallObservers } from './call-observer.js';

@Global()
@Module({ imports: [DiscoveryModule], providers: [CallObservers, AccessLog], exports: [CallObservers] })
export class CallsModule {}
