import { join } from 'node:path';
import type { LauncherSettings } from './settings.js';

/** One program that the launcher runs beside itself. */
export interface Program {
  name: string;
  /** Compiled entry file, absolute. */
  entry: string;
  host: string;
  port: number;
  /** Names of the settings that move it, for messages. */
  hostSetting: string;
  portSetting: string;
  /** Address of its readiness, as seen from this machine. */
  health: string;
}

/** The two apps and, in the demo, its API and web app. */
export function programs(root: string, settings: LauncherSettings): Program[] {
  const { authHost, authPort, gatewayHost, gatewayPort } = settings;
  const apps = [
    program(root, 'apps/auth-server', 'AUTH', authHost, authPort, '/health/ready'),
    program(root, 'apps/gateway', 'GATEWAY', gatewayHost, gatewayPort, '/health/ready'),
  ];
  if (!settings.demo) return apps;
  return [
    ...apps,
    program(root, 'examples/demo-api', 'DEMO_API', settings.demoApiHost, settings.demoApiPort, '/health'),
    program(root, 'examples/demo-app', 'DEMO_APP', settings.demoAppHost, settings.demoAppPort, '/health'),
  ];
}

function program(
  root: string,
  folder: string,
  key: string,
  host: string,
  port: number,
  path: string,
): Program {
  return {
    name: folder.slice(folder.indexOf('/') + 1),
    entry: join(root, 'dist', folder, 'src', 'main.js'),
    host,
    port,
    hostSetting: `GATEHOUSE_${key}_HOST`,
    portSetting: `GATEHOUSE_${key}_PORT`,
    health: `http://${reachable(host)}:${port}${path}`,
  };
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Public addresses: as set, else what the ports say. */
export function addresses(settings: LauncherSettings) {
  return {
    issuer: settings.issuer ?? `http://localhost:${settings.authPort}`,
    gateway: settings.gatewayUrl ?? `http://localhost:${settings.gatewayPort}`,
    demoApi: settings.demoApiUrl ?? `http://localhost:${settings.demoApiPort}`,
    demoApp: settings.demoAppUrl ?? `http://localhost:${settings.demoAppPort}`,
  };
}

/** What all programs get beside the launcher's own environment. */
export function childEnvironment(
  settings: LauncherSettings,
  dataDir: string,
  stores: { databaseUrl: string; secret: string },
): NodeJS.ProcessEnv {
  const { issuer, gateway, demoApi, demoApp } = addresses(settings);
  return {
    ...process.env,
    DATABASE_URL: stores.databaseUrl,
    GATEHOUSE_SECRET: stores.secret,
    GATEHOUSE_DATA_DIR: dataDir,
    GATEHOUSE_DEMO: String(settings.demo),
    GATEHOUSE_DEMO_FILE: process.env.GATEHOUSE_DEMO_FILE || join(dataDir, 'demo.json'),
    GATEHOUSE_ISSUER: issuer,
    GATEHOUSE_GATEWAY_URL: gateway,
    GATEHOUSE_DEMO_API_URL: demoApi,
    GATEHOUSE_DEMO_APP_URL: demoApp,
    GATEHOUSE_AUTH_STORE_FILE: process.env.GATEHOUSE_AUTH_STORE_FILE || join(dataDir, 'auth-store.json'),
    GATEHOUSE_GATEWAY_STORE_FILE:
      process.env.GATEHOUSE_GATEWAY_STORE_FILE || join(dataDir, 'gateway-store.json'),
  };
}
