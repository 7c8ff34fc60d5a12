import { type DynamicModule, Global, Module } from '@nestjs/common';
import { ThrottlerModule, type ThrottlerOptions } from '@nestjs/throttler';
import { StoreThrottlerStorage } from './store-throttler-storage.js';

/** @nestjs/throttler over our store; the app adds `LimitsGuard`, or a guard that extends it, where it wants limits. */
@Global()
@Module({ providers: [StoreThrottlerStorage], exports: [StoreThrottlerStorage] })
export class ThrottlingModule {
  static forRoot(throttlers: ThrottlerOptions[]): DynamicModule {
    return {
      module: ThrottlingModule,
      imports: [
        ThrottlerModule.forRootAsync({
          imports: [ThrottlingModule],
          inject: [StoreThrottlerStorage],
          useFactory: (storage: StoreThrottlerStorage) => ({ throttlers, storage, ipv6SubnetPrefix: 64 }),
        }),
      ],
      exports: [ThrottlerModule],
    };
  }
}
