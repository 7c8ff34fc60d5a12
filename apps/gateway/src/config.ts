import {
  baseUrl,
  checkDeployment,
  type Environment,
  optionalText,
  port,
  readSettings,
  setting,
  sharedSettings,
  type Values,
  wholeNumber,
} from '@gatehouse/config';
import { z } from 'zod';

/** Every environment variable the gateway reads: its name, meaning, default and check. */
export const settings = {
  ...sharedSettings,
  host: setting('GATEHOUSE_GATEWAY_HOST', 'the address to listen on', z.string().min(1), {
    default: '127.0.0.1',
  }),
  port: setting('GATEHOUSE_GATEWAY_PORT', 'the port to listen on', port, { default: '8080' }),
  metricsPort: setting(
    'GATEHOUSE_GATEWAY_METRICS_PORT',
    'the port on which Prometheus finds /metrics; unset: nothing is measured',
    port.optional(),
  ),
  storeFile: setting(
    'GATEHOUSE_GATEWAY_STORE_FILE',
    'where the in-process store is kept over a restart; unset: nowhere',
    optionalText,
  ),
  authInternalUrl: setting(
    'GATEHOUSE_AUTH_INTERNAL_URL',
    'the auth-server as the gateway reaches it; unset: the issuer',
    baseUrl.optional(),
  ),
  configPollMs: setting(
    'GATEHOUSE_CONFIG_POLL_MS',
    'how often the version of the routes is looked at, in milliseconds',
    wholeNumber(50, 60_000),
    { default: '250' },
  ),
  demoApiUrl: setting('GATEHOUSE_DEMO_API_URL', 'the upstream of the demo routes', baseUrl, {
    default: 'http://localhost:4100',
  }),
};

export type Config = Values<typeof settings>;

/** Injection token of `Config`. */
export const CONFIG = Symbol('CONFIG');

/** @throws SettingsError naming every setting that must be mended */
export function readConfig(environment: Environment): Config {
  const config = readSettings(settings, environment);
  checkDeployment(config);
  return config;
}

/** Where the gateway itself reaches the auth-server. */
export function authServerUrl(config: Config): string {
  return config.authInternalUrl ?? config.issuer;
}
