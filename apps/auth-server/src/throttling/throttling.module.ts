import { LimitsGuard, ThrottlingModule as Throttling } from '@gatehouse/throttling';
import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Guesses } from './guesses.service.js';
import { THROTTLERS } from './limits.js';

/** Every endpoint has limits, by address and client; guesses have their own. */
@Global()
@Module({
  imports: [Throttling.forRoot(THROTTLERS)],
  providers: [{ provide: APP_GUARD, useClass: LimitsGuard }, Guesses],
  exports: [Guesses],
})
export class ThrottlingModule {}
