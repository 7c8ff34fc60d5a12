import { DEVELOPMENT_SECRET_PREFIX } from '@gatehouse/config';
import { holdProcessLock } from '@gatehouse/database';
import {
  type ApplicationOptions,
  createApplication,
  registerBodyParsers,
  run,
  serve,
  StartError,
} from '@gatehouse/http';
import { createLogger, NestLogger } from '@gatehouse/observability';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';
import { readTls } from './tls.js';
import { migrateAuthServer } from './database.js';

run('auth-server', async () => {
  const config = readConfig(process.env);
  const logger = createLogger('auth-server', config.logLevel);
  if (config.secret.startsWith(DEVELOPMENT_SECRET_PREFIX)) {
    logger.warn('GATEHOUSE_SECRET is the published development secret: for development only');
  }
  await migrateAuthServer(config.databaseUrl);
  if (!config.redisUrl && !(await holdProcessLock(config.databaseUrl, 'auth-server'))) {
    throw new StartError(
      'REDIS_URL: not set, and another auth-server runs on this database; several need Redis',
    );
  }
  const options: ApplicationOptions = {
    logger,
    nestLogger: new NestLogger(logger),
    host: config.host,
    port: config.port,
    portSetting: 'GATEHOUSE_AUTH_PORT',
    shutdownTimeout: config.shutdownTimeout,
    trustProxy: config.trustProxy,
    tls: readTls(config),
    prepare: registerBodyParsers,
  };
  await serve(await createApplication(AppModule.forRoot(config), options), options);
});
