import {
  flag,
  optionalText,
  port,
  readSettings,
  setting,
  sharedSettings,
  type Environment,
  type Values,
} from '@gatehouse/config';
import { z } from 'zod';

const host = z.string().min(1);
const LOOPBACK = '127.0.0.1';

/** Every environment variable the launcher reads; whatever else the apps read is passed on to them. */
export const settings = {
  dataDir: setting('GATEHOUSE_DATA_DIR', 'the folder that keeps all data', z.string().min(1), {
    default: '.data',
  }),
  databaseUrl: setting(
    'DATABASE_URL',
    'unset: a PostgreSQL of our own',
    sharedSettings.databaseUrl.check.optional(),
    { secret: true },
  ),
  secret: setting(
    'GATEHOUSE_SECRET',
    'unset: kept in the data folder',
    sharedSettings.secret.check.optional(),
    { secret: true },
  ),
  demo: setting('GATEHOUSE_DEMO', 'starts the demo as well', flag, { default: 'true' }),
  logLevel: setting(
    'GATEHOUSE_LOG_LEVEL',
    "set: the apps' log lines are shown",
    sharedSettings.logLevel.check.optional(),
  ),
  shutdownTimeout: sharedSettings.shutdownTimeout,
  issuer: setting('GATEHOUSE_ISSUER', 'unset: from the port', optionalText),
  gatewayUrl: setting('GATEHOUSE_GATEWAY_URL', 'unset: from the port', optionalText),
  demoApiUrl: setting('GATEHOUSE_DEMO_API_URL', 'unset: from the port', optionalText),
  demoAppUrl: setting('GATEHOUSE_DEMO_APP_URL', 'unset: from the port', optionalText),
  authHost: setting('GATEHOUSE_AUTH_HOST', 'the address to listen on', host, { default: LOOPBACK }),
  authPort: setting('GATEHOUSE_AUTH_PORT', 'the port to listen on', port, { default: '4000' }),
  gatewayHost: setting('GATEHOUSE_GATEWAY_HOST', 'the address to listen on', host, { default: LOOPBACK }),
  gatewayPort: setting('GATEHOUSE_GATEWAY_PORT', 'the port to listen on', port, { default: '8080' }),
  demoApiHost: setting('GATEHOUSE_DEMO_API_HOST', 'the address to listen on', host, { default: LOOPBACK }),
  demoApiPort: setting('GATEHOUSE_DEMO_API_PORT', 'the port to listen on', port, { default: '4100' }),
  demoAppHost: setting('GATEHOUSE_DEMO_APP_HOST', 'the address to listen on', host, { default: LOOPBACK }),
  demoAppPort: setting('GATEHOUSE_DEMO_APP_PORT', 'the port to listen on', port, { default: '3000' }),
};

export type LauncherSettings = Values<typeof settings>;

/** @throws SettingsError naming every setting that must be mended */
export function readLauncherSettings(environment: Environment): LauncherSettings {
  return readSettings(settings, environment);
}
