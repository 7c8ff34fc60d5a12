import { LimitsGuard, ThrottlingModule as Throttling } from '@gatehouse/throttling';
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { THROTTLERS } from './limits.js';

/** Every endpoint has limits, by address, client and account. */
@Module({
  imports: [Throttling.forRoot(THROTTLERS)],
  providers: [{ provide: APP_GUARD, useClass: LimitsGuard }],
})
export class ThrottlingModule {}
