import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
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
  controllers: [SchemasController, ConfigObjectsController],
  providers: [
    CheckConfiguration,
    ConfigEvents,
    ConfigKinds,
    ConfigObjects,
    ConfigurationChanges,
    ConfigurationInForce,
    ConfigurationStore,
  ],
  exports: [ConfigKinds, ConfigObjects, ConfigurationChanges, ConfigurationInForce],
})
export class ConfigurationModule {}
