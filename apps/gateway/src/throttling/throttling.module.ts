import { ThrottlingModule as Throttling } from '@gatehouse/throttling';
import { Global, Module } from '@nestjs/common';
import { minutes } from '@nestjs/throttler';

/** Routes bring their own limits; the gateway's own endpoints have this one, by address. */
@Global()
@Module({
  imports: [Throttling.forRoot([{ name: 'address', limit: 600, ttl: minutes(1) }])],
  exports: [Throttling],
})
export class ThrottlingModule {}
