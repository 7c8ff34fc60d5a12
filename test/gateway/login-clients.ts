import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { Browser, type Page } from '../../examples/demo-flow/src/browser.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { CLIENT_ID, type OtherIssuer, startOtherIssuer } from './other-issuer.js';
import { startUpstream, type Echo, type Upstream } from './gateway.js';

const KIND = 'login-clients';

type Definition = Record<string, unknown>;

/** A gateway whose people sign in at another issuer, by the login client `staff`. */
export interface LoginSite {
  readonly gateway: LoneGateway;
  readonly issuer: OtherIssuer;
  readonly upstream: Upstream;
  /** Puts login clients in force, each at the issuer with these settings. */
  clients(clients: Record<string, Definition>): Promise<void>;
  /** A route at `/<name>` for whom the login guard lets in. */
  route(name: string, guard?: Definition): Promise<void>;
  stop(): Promise<void>;
}

export async function startLoginSite(env: Record<string, string> = {}): Promise<LoginSite> {
  const [issuer, upstream, gateway] = await Promise.all([
    startOtherIssuer(),
    startUpstream(),
    startLoneGateway({ GATEHOUSE_LOG_LEVEL: 'warn', ...env }),
  ]);
  await putClients(gateway.app, issuer, { staff: {} });
  return {
    gateway,
    issuer,
    upstream,
    clients: (clients) => putClients(gateway.app, issuer, clients),
    route: async (name, guard = {}) => {
      await gateway.addRoute({
        name,
        match: { paths: [`/${name}`] },
        upstream: { url: upstream.url },
        guards: [{ type: 'login', client: 'staff', ...guard }],
      });
    },
    stop: async () => {
      await gateway.stop();
      await Promise.all([issuer.stop(), upstream.stop()]);
    },
  };
}

/** All login clients that there are from now on, through the engine of the admin API. */
export async function putClients(
  app: NestFastifyApplication,
  issuer: OtherIssuer,
  clients: Record<string, Definition>,
): Promise<void> {
  const objects = app.get(ConfigObjects, { strict: false });
  for (const { name } of await objects.list(KIND, '', 100)) {
    if (!(name in clients)) await objects.delete(KIND, name);
  }
  const known = new Set((await objects.list(KIND, '', 100)).map(({ name }) => name));
  for (const [name, settings] of Object.entries(clients)) {
    const definition = definitionOf(issuer, name, settings);
    if (known.has(name)) await objects.replace(KIND, name, definition);
    else await objects.create(KIND, definition);
  }
}

export function definitionOf(issuer: OtherIssuer, name: string, settings: Definition = {}): Definition {
  const base = { name, issuer: issuer.url, client_id: CLIENT_ID, client_secret: 'the-secret' };
  const all: Definition = { ...base, ...settings };
  for (const [member, value] of Object.entries(all)) if (value === undefined) delete all[member];
  return all;
}

/** Opens a page, and is signed in on the way. */
export async function signIn(address: string): Promise<{ browser: Browser; page: Page }> {
  const browser = new Browser();
  return { browser, page: await browser.open(address) };
}

/** What the upstream saw of it. */
export function echoOf(page: Page): Echo {
  return JSON.parse(page.body) as Echo;
}

/** The `Cookie` header that a browser would send to an address. */
export function cookieOf(browser: Browser, address: string): Promise<string> {
  return browser.jar.getCookieString(address);
}
