import type { Environment } from '@gatehouse/config';
import { SignJWT } from 'jose';
import { Browser, type Page } from '../../../examples/demo-flow/src/browser.js';
import type { LoneGateway } from '../../gateway/lone-gateway.js';
import { CLIENT_ID, type OtherIssuer, startOtherIssuer } from '../../gateway/other-issuer.js';
import { startMcpGateway } from '../mcp-gateway.js';
import { type Authority, type AuthorityOptions, startAuthority } from './authority.js';
import { type ProtectedServer, startProtectedServer } from './protected-server.js';

/** A gateway with the MCP server `tickets`, at which users have accounts; its users are of another issuer than ours. */
export interface AccountSite {
  readonly gateway: LoneGateway;
  readonly issuer: OtherIssuer;
  readonly authority: Authority;
  readonly server: ProtectedServer;
  /** The address of the endpoint `tickets`. */
  readonly url: string;
  /** An access token of a user for the gateway. */
  tokenOf(subject: string): Promise<string>;
  /** A browser in which a user is signed in at the gateway. */
  browserOf(subject: string): Promise<Browser>;
  /** Goes through the pages of a connection, and is `account` at the authorization server. @returns the last page */
  connect(browser: Browser, url: string, account: string): Promise<Page>;
  /** Adds a server at the same address, and an endpoint of its name. */
  addServer(name: string, auth?: object, more?: object): Promise<void>;
  stop(): Promise<void>;
}

export async function startAccountSite(
  options: AuthorityOptions = {},
  environment: Environment = {},
): Promise<AccountSite> {
  const authority = await startAuthority(options);
  const [issuer, server, gateway] = await Promise.all([
    startOtherIssuer(),
    startProtectedServer('tickets', authority),
    startMcpGateway(environment),
  ]);
  const url = `${gateway.url}/tickets`;
  await gateway.add('issuers', { name: 'corp', issuer: issuer.url });
  await gateway.add('login-clients', {
    name: 'staff',
    issuer: issuer.url,
    client_id: CLIENT_ID,
    client_secret: 'the-secret',
  });
  const addServer = async (name: string, auth: object = {}, more: object = {}) => {
    await gateway.add('mcp-servers', { name, url: server.url, auth: { type: 'oauth', ...auth }, ...more });
    await gateway.addRoute({
      name,
      match: { paths: [`/${name}`] },
      mcp: { servers: [name] },
      guards: [{ type: 'access_token', audience: url, issuers: ['corp'] }],
    });
  };
  await addServer('tickets');
  return {
    gateway,
    issuer,
    authority,
    server,
    url,
    tokenOf: (subject) =>
      new SignJWT({ client_id: 'an-app' })
        .setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'at+jwt' })
        .setIssuer(issuer.url)
        .setSubject(subject)
        .setAudience(url)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(issuer.keys.privateKey),
    browserOf: async (subject) => {
      const { behaviour } = issuer;
      behaviour.idToken = { sub: subject };
      behaviour.userinfo = { sub: subject, name: subject };
      const browser = new Browser();
      await browser.open(`${gateway.url}/.gatehouse/login?client=staff`);
      return browser;
    },
    connect: async (browser, address, account) => {
      await authority.signsInAs(account);
      return goOn(browser, await pressConnect(browser, await browser.open(address)));
    },
    addServer,
    stop: async () => {
      await gateway?.stop();
      await Promise.all([issuer.stop(), server.stop(), authority.stop()]);
    },
  };
}

/** Sends the form by which an account is connected. @returns the page that goes on to the authorization server */
export async function pressConnect(browser: Browser, page: Page): Promise<Page> {
  const form = page.forms.find(({ fields }) => fields.action === 'connect');
  if (!form) throw new Error(`no form to connect at ${page.url}: ${page.text}`);
  return browser.submit(form, {});
}

/** Where a page goes on by itself. */
export function onwardOf(page: Page): string {
  const [, onward] = /^0; url=(.+)$/.exec(page.headers.refresh ?? '') ?? [];
  if (onward === undefined) throw new Error(`it goes nowhere: ${page.status} ${page.text}`);
  return onward;
}

export function goOn(browser: Browser, page: Page, stopAt?: string): Promise<Page> {
  return browser.open(onwardOf(page), stopAt === undefined ? {} : { stopAt });
}

/** The address in the text of a tool's result. */
export function addressIn(result: unknown): string {
  const [address] = /http:\/\/\S+\/\.gatehouse\/mcp\/connect\/[^\s",\\]+/.exec(JSON.stringify(result)) ?? [];
  if (address === undefined) throw new Error(`no address in ${JSON.stringify(result)}`);
  return address;
}
