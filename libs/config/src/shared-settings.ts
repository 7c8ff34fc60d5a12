import { z } from 'zod';
import { addresses, baseUrl, flag, headerName, wholeNumber } from './checks.js';
import { setting, SettingsError } from './settings.js';

/** A secret that starts like this is published with the source, so production refuses it. */
export const DEVELOPMENT_SECRET_PREFIX = 'development-only-';

/** Settings that auth-server and gateway read alike. */
export const sharedSettings = {
  environment: setting(
    'GATEHOUSE_ENV',
    'production refuses development secrets and the in-process store',
    z.enum(['development', 'production'], 'must be development or production'),
    { default: 'development' },
  ),
  secret: setting(
    'GATEHOUSE_SECRET',
    'key material from which every encryption key is derived; the same for all replicas (openssl rand -base64 32)',
    z.string().min(32, 'must have 32 characters or more'),
    { secret: true },
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    'postgres://user:password@host:5432/database of a PostgreSQL 15 or later',
    z.string().regex(/^postgres(ql)?:\/\//, 'must start with postgres://'),
    { secret: true },
  ),
  redisUrl: setting(
    'REDIS_URL',
    'redis://host:6379/0 of a Redis 7 or later; unset: an in-process store, for one process of each app',
    z
      .string()
      .regex(/^rediss?:\/\//, 'must start with redis:// or rediss://')
      .optional(),
    { secret: true },
  ),
  issuer: setting('GATEHOUSE_ISSUER', 'the issuer: the auth-server as browsers and clients see it', baseUrl, {
    default: 'http://localhost:4000',
  }),
  gatewayUrl: setting('GATEHOUSE_GATEWAY_URL', 'the gateway as browsers and clients see it', baseUrl, {
    default: 'http://localhost:8080',
  }),
  gatewayClientSecret: setting(
    'GATEHOUSE_GATEWAY_CLIENT_SECRET',
    "the secret of the gateway's own client at the auth-server; unset: derived from GATEHOUSE_SECRET",
    z.string().min(32, 'must have 32 characters or more').optional(),
    { secret: true },
  ),
  demo: setting('GATEHOUSE_DEMO', 'seeds the demo client, user, API and routes', flag, { default: 'false' }),
  logLevel: setting(
    'GATEHOUSE_LOG_LEVEL',
    'the least severe level that is logged',
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'must be a level of pino'),
    { default: 'info' },
  ),
  otlpEndpoint: setting(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'an OpenTelemetry collector (OTLP over HTTP) that gets a span for each request; unset: nothing is traced',
    baseUrl.optional(),
  ),
  shutdownTimeout: setting(
    'GATEHOUSE_SHUTDOWN_TIMEOUT',
    'seconds that running requests get to finish at a stop',
    wholeNumber(0, 600),
    { default: '10' },
  ),
  allowPrivateAddresses: setting(
    'GATEHOUSE_ALLOW_PRIVATE_ADDRESSES',
    'lets URLs that clients supply (jwks_uri, request_uri and the like) lead into private networks, and be http on this machine; the same for base URLs of AI providers, which may then be http anywhere',
    flag,
    { default: 'false' },
  ),
  trustProxy: setting(
    'GATEHOUSE_TRUST_PROXY',
    'addresses (CIDR, by comma) of proxies whose X-Forwarded-* headers are believed',
    addresses,
    { default: '' },
  ),
  clientCertHeader: setting(
    'GATEHOUSE_CLIENT_CERT_HEADER',
    'the header in which a proxy of GATEHOUSE_TRUST_PROXY tells the client certificate (RFC 9440, or PEM as nginx escapes it); unset: none is read',
    headerName.optional(),
  ),
};

interface Deployment {
  readonly environment: 'development' | 'production';
  readonly secret: string;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly issuer: string;
  readonly gatewayUrl: string;
}

/**
 * What production demands beyond each setting's own check.
 * @throws SettingsError naming each setting to mend
 */
export function checkDeployment(values: Deployment): void {
  if (values.environment !== 'production') return;
  const faults: string[] = [];
  if (values.secret.startsWith(DEVELOPMENT_SECRET_PREFIX)) {
    faults.push(
      'GATEHOUSE_SECRET is the published development secret: set one of your own (openssl rand -base64 32)',
    );
  }
  // What is no URL is refused by PostgreSQL's own client, with its reason.
  if (
    URL.canParse(values.databaseUrl) &&
    new URL(values.databaseUrl).password.startsWith(DEVELOPMENT_SECRET_PREFIX)
  ) {
    faults.push(
      'DATABASE_URL has the published development password: set one of your own (openssl rand -hex 16)',
    );
  }
  if (!values.redisUrl) faults.push('REDIS_URL is not set: GATEHOUSE_ENV=production needs Redis');
  for (const [name, url] of [
    ['GATEHOUSE_ISSUER', values.issuer],
    ['GATEHOUSE_GATEWAY_URL', values.gatewayUrl],
  ] as const) {
    if (!url.startsWith('https://')) faults.push(`${name} must be https in production (it is ${url})`);
  }
  if (faults.length > 0) throw new SettingsError(faults);
}
