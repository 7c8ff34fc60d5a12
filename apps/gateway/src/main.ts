import { DEVELOPMENT_SECRET_PREFIX } from '@gatehouse/config';
import { type ApplicationOptions, createApplication, run, serve } from '@gatehouse/http';
import { createLogger, NestLogger } from '@gatehouse/observability';
import { AppModule } from './app.module.js';
import { checkPublication } from './auth-server/published-routes.js';
import { readConfig } from './config.js';
import { canStartWithoutDatabase, claimDatabase } from './database.js';
import { prepareProxy } from './proxy/prepare-proxy.js';
import { RequestOrWebSocket } from './proxy/websocket-request.js';

run('gateway', async () => {
  const config = readConfig(process.env);
  checkPublication(config);
  const logger = createLogger('gateway', config.logLevel);
  if (config.secret.startsWith(DEVELOPMENT_SECRET_PREFIX)) {
    logger.warn('GATEHOUSE_SECRET is the published development secret: for development only');
  }
  await claimDatabase(config).catch((error: Error) => {
    if (error.name !== 'DatabaseUnavailableError' || !canStartWithoutDatabase(config)) throw error;
    logger.warn(error.message);
  });
  const options: ApplicationOptions = {
    logger,
    nestLogger: new NestLogger(logger),
    host: config.host,
    port: config.port,
    portSetting: 'GATEHOUSE_GATEWAY_PORT',
    shutdownTimeout: config.shutdownTimeout,
    trustProxy: config.trustProxy,
    requestTimeoutMs: config.requestTimeout * 1_000,
    incomingMessage: RequestOrWebSocket,
    prepare: prepareProxy,
  };
  await serve(await createApplication(AppModule.forRoot(config), options), options);
});
