import { GuardedFetch } from '@gatehouse/guarded-fetch';
import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { RemoteKeySets } from './remote-key-sets.service.js';

/** The one way out to URLs that clients and users supply: `GuardedFetch`, and their key sets. */
@Global()
@Module({
  providers: [
    {
      provide: GuardedFetch,
      inject: [CONFIG],
      useFactory: ({ allowPrivateAddresses }: Config) => new GuardedFetch({ allowPrivateAddresses }),
    },
    RemoteKeySets,
  ],
  exports: [GuardedFetch, RemoteKeySets],
})
export class OutboundModule implements OnApplicationShutdown {
  constructor(@Inject(GuardedFetch) private readonly guardedFetch: GuardedFetch) {}

  async onApplicationShutdown(): Promise<void> {
    await this.guardedFetch.close();
  }
}
