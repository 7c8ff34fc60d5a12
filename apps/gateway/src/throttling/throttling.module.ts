import { ThrottlingModule as Throttling } from '@gatehouse/throttling';
import { Global, Module } from '@nestjs/common';
import { minutes } from '@nestjs/throttler';
import { CallLimits } from './call-limits.service.js';
import { PlansKind } from './plans.kind.js';
import { Plans } from './plans.service.js';
import { QuotaUsages } from './quota-usage.service.js';
import { QuotaController } from './quota.controller.js';
import { StoreWatch } from './store-watch.service.js';
import { UsageController } from './usage.controller.js';

/** Routes and plans bring their own limits; the gateway's own endpoints have this one, by address. */
@Global()
@Module({
  imports: [Throttling.forRoot([{ name: 'address', limit: 600, ttl: minutes(1) }])],
  controllers: [UsageController, QuotaController],
  providers: [StoreWatch, CallLimits, Plans, PlansKind, QuotaUsages],
  exports: [Throttling, CallLimits, Plans, PlansKind],
})
export class ThrottlingModule {}
