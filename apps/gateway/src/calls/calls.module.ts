import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { AccessLog } from './access-log.js';
import { CallMetrics } from './call-metrics.js';
import { CallObservers } from './call-observer.js';
import { ReservedFields } from './reserved-fields.service.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [CallObservers, AccessLog, CallMetrics, ReservedFields],
  exports: [CallObservers, ReservedFields],
})
export class CallsModule {}
