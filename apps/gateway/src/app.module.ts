import { MetricsModule, TracingModule } from '@gatehouse/observability';
import { StoreModule } from '@gatehouse/store';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from './config.js';
import { AccountModule } from './account/account.module.js';
import { AiModule } from './ai/ai.module.js';
import { ApisModule } from './apis/apis.module.js';
import { CallsModule } from './calls/calls.module.js';
import { ConfigModule } from './config.module.js';
import { ConsumersModule } from './consumers/consumers.module.js';
import { CorsModule } from './cors/cors.module.js';
import { ConfigurationModule } from './configuration/configuration.module.js';
import { DatabaseModule } from './database.module.js';
import { GuardsModule } from './guards/guards.module.js';
import { HealthModule } from './health/health.module.js';
import { ListenersModule } from './listeners/listeners.module.js';
import { LoginModule } from './login/login.module.js';
import { A2aModule } from './a2a/a2a.module.js';
import { McpModule } from './mcp/mcp.module.js';
import { PoliciesModule } from './policies/policies.module.js';
import { ProxyModule } from './proxy/proxy.module.js';
import { ProtectedResourceModule } from './protected-resource/protected-resource.module.js';
import { RoutesModule } from './routes/routes.module.js';
import { SeedModule } from './seed/seed.module.js';
import { ThrottlingModule } from './throttling/throttling.module.js';
import { TokensModule } from './tokens/tokens.module.js';
import { UpstreamsModule } from './upstreams/upstreams.module.js';
import { UsageModule } from './usage/usage.module.js';

/** The gateway: one line for each capability. */
@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        DatabaseModule.forRoot(config),
        StoreModule.forRoot({ redisUrl: config.redisUrl, prefix: 'gw:', file: config.storeFile }),
        MetricsModule.forRoot({
          app: 'gateway',
          host: config.host,
          port: config.metricsPort,
          portSetting: 'GATEHOUSE_GATEWAY_METRICS_PORT',
        }),
        TracingModule.forRoot({ app: 'gateway', endpoint: config.otlpEndpoint, hasMetrics: true }),
        ConfigurationModule,
        CallsModule,
        ThrottlingModule,
        TokensModule,
        GuardsModule,
        PoliciesModule,
        ApisModule,
        ConsumersModule,
        CorsModule,
        UpstreamsModule,
        AiModule,
        McpModule,
        A2aModule,
        RoutesModule,
        HealthModule,
        ProtectedResourceModule,
        LoginModule,
        AccountModule,
        SeedModule,
        ProxyModule,
        ListenersModule,
        UsageModule,
      ],
    };
  }
}
