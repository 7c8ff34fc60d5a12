import type { Environment } from '@gatehouse/config';
import { createApplication } from '@gatehouse/http';
import { createLogger, NestLogger } from '@gatehouse/observability';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { checkPublication } from './auth-server/published-routes.js';
import { readConfig } from './config.js';
import { prepareProxy } from './proxy/prepare-proxy.js';
import { RequestOrWebSocket } from './proxy/websocket-request.js';

/**
 * The whole gateway with in-house modules, as their tests need it: `listen()` starts it, `get()` finds its parts.
 * Its database must be migrated.
 * @throws SettingsError when the environment cannot be used
 */
export async function createGateway(
  environment: Environment,
  modules: Type[],
): Promise<NestFastifyApplication> {
  const config = readConfig({ GATEHOUSE_LOG_LEVEL: 'silent', ...environment });
  checkPublication(config);
  const logger = createLogger('gateway', config.logLevel);
  class Gateway {}
  return createApplication(
    { module: Gateway, imports: [AppModule.forRoot(config), ...modules] },
    {
      logger,
      nestLogger: new NestLogger(logger),
      host: config.host,
      port: config.port,
      portSetting: 'GATEHOUSE_GATEWAY_PORT',
      shutdownTimeout: config.shutdownTimeout,
      trustProxy: config.trustProxy,
      requestTimeoutMs: config.requestTimeout * 1_000,
      requestLog: false,
      incomingMessage: RequestOrWebSocket,
      prepare: prepareProxy,
    },
  );
}
