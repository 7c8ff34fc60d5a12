import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { OpenApiDocument } from '@gatehouse/admin';
import { CONFIG, type Config } from '../config.js';
import { AuditEventsController } from './audit-events.controller.js';
import { ConfigurationCache } from './configuration-cache.service.js';
import { ConfigurationController } from './configuration.controller.js';
import { ConfigurationFile } from './configuration-file.service.js';
import { ConfigurationSource } from './configuration-source.js';
import { OpenApiController } from './openapi.controller.js';
import { CheckConfiguration } from './check-configuration.service.js';
import { ConfigEvents } from './config-events.service.js';
import { ConfigKinds } from './config-kinds.service.js';
import { ConfigObjectsController } from './config-objects.controller.js';
import { ConfigObjects } from './config-objects.service.js';
import { ConfigurationChanges } from './configuration-changes.service.js';
import { ConfigurationInForce } from './configuration-in-force.service.js';
import { ConfigurationStore } from './configuration-store.service.js';
import { SchemasController } from './schemas.controller.js';

/** The engine behind every kind of configuration object. */
@Global()
@Module({
  imports: [DiscoveryModule],
  controllers: [
    AuditEventsController,
    ConfigurationController,
    OpenApiController,
    SchemasController,
    ConfigObjectsController,
  ],
  providers: [
    CheckConfiguration,
    ConfigEvents,
    ConfigKinds,
    ConfigObjects,
    ConfigurationCache,
    ConfigurationChanges,
    ConfigurationFile,
    ConfigurationInForce,
    ConfigurationStore,
    OpenApiDocument,
    {
      provide: ConfigurationSource,
      inject: [CONFIG, ConfigurationFile, ConfigurationStore],
      useFactory: ({ configFile }: Config, file: ConfigurationFile, store: ConfigurationStore) =>
        configFile === undefined ? store : file,
    },
  ],
  exports: [ConfigEvents, ConfigKinds, ConfigObjects, ConfigurationChanges, ConfigurationInForce],
})
export class ConfigurationModule {}
