import { dataSourceOptions } from '@gatehouse/database';
import { MetricsModule, TracingModule } from '@gatehouse/observability';
import { StoreModule } from '@gatehouse/store';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AssertionsModule } from './assertions/assertions.module.js';
import { AccountModule } from './account/account.module.js';
import { AdminModule } from './admin/admin.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthorizationDetailsModule } from './authorization-details/authorization-details.module.js';
import { AuthorizeModule } from './authorize/authorize.module.js';
import { JarmModule } from './authorize/response-modes/jwt/jarm.module.js';
import { BearerModule } from './bearer/bearer.module.js';
import { CertificateBindingModule } from './certificate-binding/certificate-binding.module.js';
import { CibaModule } from './ciba/ciba.module.js';
import { ClaimsModule } from './claims/claims.module.js';
import { ClientsModule } from './clients/clients.module.js';
import { ClientIdMetadataModule } from './client-id-metadata/client-id-metadata.module.js';
import { ClientPolicyModule } from './client-policy/client-policy.module.js';
import type { Config } from './config.js';
import { ConfigModule } from './config.module.js';
import { databaseSettings } from './database.js';
import { MetadataModule } from './discovery/discovery.module.js';
import { CorsModule } from './cors/cors.module.js';
import { ConsentModule } from './consent/consent.module.js';
import { ExpiryModule } from './expiry/expiry.module.js';
import { GrantsModule } from './grants/grants.module.js';
import { HomeModule } from './home/home.module.js';
import { HealthModule } from './health/health.module.js';
import { ImplicitModule } from './implicit/implicit.module.js';
import { IntrospectionModule } from './introspection/introspection.module.js';
import { LogoutModule } from './logout/logout.module.js';
import { JwtBearerModule } from './jwt-bearer/jwt-bearer.module.js';
import { TokenExchangeModule } from './token-exchange/token-exchange.module.js';
import { KeysModule } from './keys/keys.module.js';
import { DeviceModule } from './device/device.module.js';
import { DpopModule } from './dpop/dpop.module.js';
import { PasswordModule } from './password/password.module.js';
import { PollingModule } from './polling/polling.module.js';
import { PossessionModule } from './possession/possession.module.js';
import { ProtectedResourceModule } from './protected-resource/protected-resource.module.js';
import { RegistrationModule } from './registration/registration.module.js';
import { MtlsModule } from './mtls/mtls.module.js';
import { OutboundModule } from './outbound/outbound.module.js';
import { ParModule } from './par/par.module.js';
import { RequestObjectModule } from './request-object/request-object.module.js';
import { OpenApiModule } from './openapi/openapi.module.js';
import { ResourcesModule } from './resources/resources.module.js';
import { RevocationModule } from './revocation/revocation.module.js';
import { SeedModule } from './seed/seed.module.js';
import { SessionManagementModule } from './session-management/session-management.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { ThrottlingModule } from './throttling/throttling.module.js';
import { TokenModule } from './token/token.module.js';
import { UserinfoModule } from './userinfo/userinfo.module.js';
import { UsersModule } from './users/users.module.js';

/** The auth-server: one line for each capability. */
@Module({})
export class AppModule {
  static forRoot(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config),
        TypeOrmModule.forRoot({
          ...dataSourceOptions(databaseSettings(config.databaseUrl)),
          // A capability's own entities come and go with it.
          autoLoadEntities: true,
          retryAttempts: 1,
        }),
        StoreModule.forRoot({ redisUrl: config.redisUrl, prefix: 'as:', file: config.storeFile }),
        MetricsModule.forRoot({
          app: 'auth-server',
          host: config.host,
          port: config.metricsPort,
          portSetting: 'GATEHOUSE_AUTH_METRICS_PORT',
        }),
        TracingModule.forRoot({ app: 'auth-server', endpoint: config.otlpEndpoint }),
        ThrottlingModule,
        CorsModule,
        HealthModule,
        AuditModule,
        KeysModule,
        MtlsModule,
        AssertionsModule,
        OutboundModule,
        ResourcesModule,
        ClientsModule,
        UsersModule,
        ClaimsModule,
        GrantsModule,
        RevocationModule,
        BearerModule,
        TokenModule,
        JwtBearerModule,
        TokenExchangeModule,
        PossessionModule,
        DpopModule,
        CertificateBindingModule,
        PollingModule,
        DeviceModule,
        CibaModule,
        PasswordModule,
        SessionsModule,
        LogoutModule,
        SessionManagementModule,
        AccountModule,
        AdminModule,
        OpenApiModule,
        ConsentModule,
        AuthorizeModule,
        JarmModule,
        ImplicitModule,
        ParModule,
        AuthorizationDetailsModule,
        RequestObjectModule,
        HomeModule,
        IntrospectionModule,
        UserinfoModule,
        ClientPolicyModule,
        RegistrationModule,
        ClientIdMetadataModule,
        ProtectedResourceModule,
        MetadataModule,
        ExpiryModule,
        SeedModule,
      ],
    };
  }
}
