import { dataSourceOptions } from '@gatehouse/database';
import { StoreModule } from '@gatehouse/store';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { Config } from './config.js';
import { ConfigModule } from './config.module.js';
import { databaseSettings } from './database.js';
import { GuardsModule } from './guards/guards.module.js';
import { HealthModule } from './health/health.module.js';
import { LoginModule } from './login/login.module.js';
import { ProxyModule } from './proxy/proxy.module.js';
import { RoutesModule } from './routes/routes.module.js';
import { SeedModule } from './seed/seed.module.js';
import { ThrottlingModule } from './throttling/throttling.module.js';
import { TokensModule } from './tokens/tokens.module.js';

/** The gateway: one line for each capability. */
@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        TypeOrmModule.forRoot({
          ...dataSourceOptions(databaseSettings(config.databaseUrl)),
          retryAttempts: 1,
        }),
        StoreModule.forRoot({ redisUrl: config.redisUrl, prefix: 'gw:', file: config.storeFile }),
        ThrottlingModule,
        TokensModule,
        GuardsModule,
        RoutesModule,
        HealthModule,
        LoginModule,
        SeedModule,
        ProxyModule,
      ],
    };
  }
}
