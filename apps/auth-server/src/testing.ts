import type { Environment } from '@gatehouse/config';
import { createApplication, registerBodyParsers } from '@gatehouse/http';
import { createLogger, NestLogger } from '@gatehouse/observability';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';
import { readTls } from './tls.js';

/**
 * The whole auth-server with in-house modules, as their tests need it: `listen()` starts it, `get()` finds its parts.
 * Its database must be migrated.
 * @throws SettingsError when the environment cannot be used
 */
export async function createAuthServer(
  environment: Environment,
  modules: Type[],
): Promise<NestFastifyApplication> {
  const config = readConfig({ GATEHOUSE_LOG_LEVEL: 'silent', ...environment });
  const logger = createLogger('auth-server', config.logLevel);
  class AuthServer {}
  return createApplication(
    { module: AuthServer, imports: [AppModule.forRoot(config), ...modules] },
    {
      logger,
      nestLogger: new NestLogger(logger),
      host: config.host,
      port: config.port,
      portSetting: 'GATEHOUSE_AUTH_PORT',
      shutdownTimeout: config.shutdownTimeout,
      trustProxy: config.trustProxy,
      tls: readTls(config),
      requestLog: false,
      prepare: registerBodyParsers,
    },
  );
}
