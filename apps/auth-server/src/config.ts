import {
  baseUrl,
  checkDeployment,
  type Environment,
  flag,
  optionalText,
  port,
  readSettings,
  setting,
  sharedSettings,
  type Values,
  wholeNumber,
} from '@gatehouse/config';
import { z } from 'zod';

/** Ten years. */
const MAX_REFRESH_S = 315_360_000;

/** Every environment variable the auth-server reads: its name, meaning, default and check. */
export const settings = {
  ...sharedSettings,
  host: setting('GATEHOUSE_AUTH_HOST', 'the address to listen on', z.string().min(1), {
    default: '127.0.0.1',
  }),
  port: setting('GATEHOUSE_AUTH_PORT', 'the port to listen on', port, { default: '4000' }),
  metricsPort: setting(
    'GATEHOUSE_AUTH_METRICS_PORT',
    'the port on which Prometheus finds /metrics; unset: nothing is measured',
    port.optional(),
  ),
  requirePushedAuthorizationRequests: setting(
    'GATEHOUSE_REQUIRE_PUSHED_AUTHORIZATION_REQUESTS',
    'whether every authorization request must be pushed before (RFC 9126)',
    flag,
    { default: 'false' },
  ),
  storeFile: setting(
    'GATEHOUSE_AUTH_STORE_FILE',
    'where the in-process store is kept over a restart; unset: nowhere',
    optionalText,
  ),
  dpopRequireNonce: setting(
    'GATEHOUSE_DPOP_REQUIRE_NONCE',
    "asks every DPoP proof for one of the server's nonces",
    flag,
    { default: 'false' },
  ),
  refreshTokenIdle: setting(
    'GATEHOUSE_REFRESH_TOKEN_IDLE',
    'seconds after which an unused refresh token ends',
    wholeNumber(1, MAX_REFRESH_S),
    { default: '1209600' },
  ),
  refreshTokenAbsolute: setting(
    'GATEHOUSE_REFRESH_TOKEN_ABSOLUTE',
    'seconds after which all refresh tokens of a grant end, however often they are used',
    wholeNumber(1, MAX_REFRESH_S),
    { default: '7776000' },
  ),
  refreshTokenGrace: setting(
    'GATEHOUSE_REFRESH_TOKEN_GRACE',
    'seconds in which a refresh token that was used gives the same successor again, for a lost answer; 0: never',
    wholeNumber(0, 300),
    { default: '10' },
  ),
  demoFile: setting(
    'GATEHOUSE_DEMO_FILE',
    'where GATEHOUSE_DEMO writes its addresses and credentials (mode 0600); unset: nowhere',
    optionalText,
  ),
  demoAppUrl: setting('GATEHOUSE_DEMO_APP_URL', 'the demo web app as browsers see it', baseUrl, {
    default: 'http://localhost:3000',
  }),
  registration: setting(
    'GATEHOUSE_REGISTRATION',
    'who may register clients at /oauth2/register: off, initial_access_token (who has one), or open (anybody)',
    z.enum(['off', 'initial_access_token', 'open'], 'must be off, initial_access_token or open'),
    { default: 'initial_access_token' },
  ),
  clientIdMetadata: setting(
    'GATEHOUSE_CLIENT_ID_METADATA',
    'takes clients whose client_id is the https address of their metadata, as MCP clients have it',
    flag,
    { default: 'true' },
  ),
  sessionManagement: setting(
    'GATEHOUSE_SESSION_MANAGEMENT',
    'OpenID Connect Session Management (check_session_iframe): needs a cookie that scripts and other sites can see',
    flag,
    { default: 'false' },
  ),
  keyRotationDays: setting(
    'GATEHOUSE_KEY_ROTATION_DAYS',
    'days for which a signing key signs; the next one is published a day before it takes over',
    wholeNumber(2, 3_650),
    { default: '90' },
  ),
  tlsCertFile: setting(
    'GATEHOUSE_AUTH_TLS_CERT_FILE',
    'the certificate (PEM, with its chain) to listen with TLS; unset: plain HTTP, for behind a proxy',
    optionalText,
  ),
  tlsKeyFile: setting(
    'GATEHOUSE_AUTH_TLS_KEY_FILE',
    'the private key (PEM) of that certificate',
    optionalText,
  ),
  tlsRequestCert: setting(
    'GATEHOUSE_AUTH_TLS_REQUEST_CERT',
    'asks clients for their certificates (RFC 8705); browsers then ask people for theirs',
    flag,
    { default: 'false' },
  ),
  clientCaFile: setting(
    'GATEHOUSE_CLIENT_CA_FILE',
    'the authorities (PEM) whose certificates clients may authenticate with by tls_client_auth; unset: that method is off',
    optionalText,
  ),
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
