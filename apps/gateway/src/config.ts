import {
  baseUrl,
  checkDeployment,
  type Environment,
  flag,
  nameServers,
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
  http2Port: setting(
    'GATEHOUSE_GATEWAY_HTTP2_PORT',
    'the port for plaintext HTTP/2 (gRPC without TLS), 8081 by custom; unset: none',
    port.optional(),
  ),
  tlsPort: setting(
    'GATEHOUSE_GATEWAY_TLS_PORT',
    'the port for TLS (HTTP/1.1 and HTTP/2), 8443 by custom; unset: none',
    port.optional(),
  ),
  tlsFolder: setting(
    'GATEHOUSE_GATEWAY_TLS_DIR',
    'the folder of the certificates: NAME.crt with NAME.key, chosen by SNI, read anew when they change',
    optionalText,
  ),
  tlsMinVersion: setting(
    'GATEHOUSE_GATEWAY_TLS_MIN_VERSION',
    'the least version of TLS: TLSv1.2 or TLSv1.3',
    z.enum(['TLSv1.2', 'TLSv1.3'], 'must be TLSv1.2 or TLSv1.3'),
    { default: 'TLSv1.2' },
  ),
  tlsClientCertificates: setting(
    'GATEHOUSE_GATEWAY_TLS_CLIENT_CERTIFICATES',
    'optional: clients are asked for a certificate, which guards then check; off: they are not',
    z.enum(['off', 'optional'], 'must be off or optional'),
    { default: 'off' },
  ),
  proxyProtocol: setting(
    'GATEHOUSE_GATEWAY_PROXY_PROTOCOL',
    'whether every connection begins with a header of the PROXY protocol (1 or 2), from a GATEHOUSE_TRUST_PROXY address',
    flag,
    { default: 'false' },
  ),
  requestTimeout: setting(
    'GATEHOUSE_GATEWAY_REQUEST_TIMEOUT',
    'how long a whole HTTP/1.1 request may take to arrive, in seconds; 0: for ever',
    wholeNumber(0, 86_400),
    { default: '300' },
  ),
  sendTimeout: setting(
    'GATEHOUSE_GATEWAY_SEND_TIMEOUT',
    'how long a caller may take nothing of an answer that is being sent, in seconds; 0: for ever',
    wholeNumber(0, 86_400),
    { default: '60' },
  ),
  webSocketMax: setting(
    'GATEHOUSE_GATEWAY_WEBSOCKET_MAX',
    'how many WebSockets may be open at once in one process',
    wholeNumber(0, 1_000_000),
    { default: '10000' },
  ),
  webSocketIdle: setting(
    'GATEHOUSE_GATEWAY_WEBSOCKET_IDLE_TIMEOUT',
    'how long a WebSocket may be silent, in seconds; 0: for ever',
    wholeNumber(0, 86_400),
    { default: '600' },
  ),
  publishAuth: setting(
    'GATEHOUSE_GATEWAY_PUBLISH_AUTH',
    "whether the gateway serves the auth-server's endpoints and pages under its own origin, too",
    flag,
    { default: 'false' },
  ),
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
  usage: setting('GATEHOUSE_USAGE', 'whether a usage record of each call is kept', flag, { default: 'true' }),
  usageFlushMs: setting(
    'GATEHOUSE_USAGE_FLUSH_MS',
    'how often usage records are written, in milliseconds; the most that is lost when the process is killed',
    wholeNumber(50, 60_000),
    { default: '1000' },
  ),
  usageQueue: setting(
    'GATEHOUSE_USAGE_QUEUE',
    'how many usage records may wait for PostgreSQL; beyond that they are added up by minute, route, status and caller',
    wholeNumber(0, 1_000_000),
    { default: '100000' },
  ),
  usageRetentionDays: setting(
    'GATEHOUSE_USAGE_RETENTION_DAYS',
    'days for which usage records are kept',
    wholeNumber(1, 3_650),
    { default: '90' },
  ),
  configPollMs: setting(
    'GATEHOUSE_CONFIG_POLL_MS',
    'how often the version of the routes is looked at, in milliseconds',
    wholeNumber(50, 60_000),
    { default: '250' },
  ),
  dnsServers: setting(
    'GATEHOUSE_GATEWAY_DNS_SERVERS',
    'the name servers that upstreams are discovered by, as address or address:port; unset: those of the system',
    nameServers.optional(),
  ),
  configFile: setting(
    'GATEHOUSE_GATEWAY_CONFIG_FILE',
    'a gatehouse.yaml that is the whole configuration: it is followed, and the admin API changes nothing; unset: the configuration is in PostgreSQL',
    optionalText,
  ),
  configCache: setting(
    'GATEHOUSE_GATEWAY_CONFIG_CACHE',
    'where the configuration in force is kept (mode 0600), so that the gateway starts while PostgreSQL is away; unset: nowhere',
    optionalText,
  ),
  mcpStdioFile: setting(
    'GATEHOUSE_MCP_STDIO_FILE',
    'the programs that MCP servers may be, as YAML or JSON; unset: none is ever run',
    optionalText,
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
