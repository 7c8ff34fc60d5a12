import { Store } from '@gatehouse/store';
import { type Hash, hashOf, matchesHash, newSecret, s256Challenge, SecretBox } from '@gatehouse/token';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  AuthorizationResponseError,
  authorizationCodeGrantRequest,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from 'oauth4webapi';
import { CONFIG, type Config } from '../../config.js';
import { type Person, accountWith } from './account.js';
import { Accounts } from './accounts.service.js';
import { authorizationUrl } from './authorization-url.js';
import { AuthorizationServers } from './authorization-servers.service.js';
import { ConnectionFault, expiredConnection } from './connection-fault.js';
import { findResource } from './find-resource.js';
import { OAuthRequests } from './oauth-requests.service.js';
import type { OAuthServer } from './oauth-server.js';
import { OwnClients } from './own-clients.service.js';
import type { Visitor } from './visitors.service.js';

/** A connection under way. */
interface Begun {
  readonly server: string;
  readonly url: string;
  readonly person: Person;
  readonly session: Hash;
  /** The login client's name in addresses. */
  readonly login: string | undefined;
  readonly issuer: string;
  readonly resource: string;
  readonly redirectUri: string;
  readonly verifier: string;
}

const LIFETIME_S = 600;

/** The gateway as an OAuth client of MCP servers: the way to the authorization server, and back (RFC 6749 §4.1). */
@Injectable()
export class ConnectFlow {
  private readonly logger = new Logger(ConnectFlow.name);
  private readonly box: SecretBox;

  constructor(
    @Inject(Store) private readonly store: Store,
    private readonly issuers: AuthorizationServers,
    private readonly clients: OwnClients,
    private readonly accounts: Accounts,
    private readonly requests: OAuthRequests,
    @Inject(CONFIG) config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'connections under way');
  }

  /** @returns where the browser goes. @throws ConnectionFault */
  async begin(
    server: OAuthServer,
    { person, secret }: Visitor,
    login: string | undefined,
    redirectUri: string,
  ): Promise<string> {
    const { auth, name, url } = server;
    const found = await findResource(url, this.requests);
    const named = auth.authorization_server ?? found?.issuers[0];
    if (named === undefined) {
      throw new ConnectionFault(
        `${name} does not say where its users have accounts: set auth.authorization_server.`,
      );
    }
    const issuer = await this.issuers.of(named);
    const { client } = await this.clients.at(server, issuer, redirectUri);
    const [state, verifier] = [newSecret(), newSecret()];
    const resource = found?.identifier ?? url;
    const begun: Begun = {
      server: name,
      url,
      person,
      session: hashOf(secret),
      login,
      issuer: named,
      resource,
      redirectUri,
      verifier,
    };
    await this.store.set(keyOf(state), this.box.seal(JSON.stringify(begun), keyOf(state)), LIFETIME_S);
    const challenge = s256Challenge(verifier);
    const scopes = auth.scopes ?? found?.scopes;
    return authorizationUrl(issuer, {
      clientId: client.client_id,
      redirectUri,
      resource,
      state,
      challenge,
      scopes,
    });
  }

  /**
   * Takes what the browser came back with: once, from the browser that began, signed in as who began.
   * @param visitorBy who is signed in there by a login client
   * @returns the login client's name in addresses
   * @throws ConnectionFault
   */
  async finish(
    server: OAuthServer,
    answer: URLSearchParams,
    visitorBy: (login: string | undefined) => Promise<Visitor | undefined>,
  ): Promise<string | undefined> {
    const state = answer.get('state') ?? '';
    const begun = await this.take(state);
    const visitor = begun && (await visitorBy(begun.login));
    if (!visitor || !isOf(begun, server, visitor)) throw expiredConnection();
    await this.accounts.connect(visitor.person, server, await this.redeem(server, begun, answer, state));
    return begun.login;
  }

  private async redeem(server: OAuthServer, begun: Begun, answer: URLSearchParams, state: string) {
    const { issuer: named, redirectUri, resource, verifier } = begun;
    const issuer = await this.issuers.of(named);
    const { client, authentication } = await this.clients.at(server, issuer, redirectUri);
    try {
      // RFC 9207 §2.4: an answer of another server would have us send it our code.
      const checked = validateAuthResponse(issuer, client, answer, state);
      const options = { ...this.requests.options, additionalParameters: { resource } };
      const asked = authorizationCodeGrantRequest(
        issuer,
        client,
        authentication,
        checked,
        redirectUri,
        verifier,
        options,
      );
      const tokens = await processAuthorizationCodeResponse(issuer, client, await asked);
      const { client_id: clientId } = client;
      const before = {
        issuer: named,
        clientId,
        redirectUri,
        resource,
        refreshToken: undefined,
        scope: undefined,
      };
      return accountWith(tokens, before);
    } catch (error) {
      this.logger.warn(`An account at ${server.name} cannot be connected: ${(error as Error).message}`);
      throw faultOf(error, named);
    }
  }

  private async take(state: string): Promise<Begun | undefined> {
    const found = await this.store.take(keyOf(state));
    try {
      return found === undefined ? undefined : (JSON.parse(this.box.open(found, keyOf(state))) as Begun);
    } catch {
      return undefined;
    }
  }
}

function isOf({ person, session, ...begun }: Begun, { name, url }: OAuthServer, visitor: Visitor): boolean {
  const { issuer, subject } = visitor.person;
  const isSame = begun.server === name && begun.url === url;
  return (
    isSame && person.issuer === issuer && person.subject === subject && matchesHash(visitor.secret, session)
  );
}

function faultOf(error: unknown, issuer: string): ConnectionFault {
  if (!(error instanceof AuthorizationResponseError)) {
    return new ConnectionFault(`The answer of ${issuer} is not accepted.`, { cause: error });
  }
  if (error.error === 'access_denied') return new ConnectionFault('You did not agree. Nothing was shared.');
  const said = error.error.slice(0, 100);
  return new ConnectionFault(`${issuer} did not accept the request: ${said}.`, { cause: error });
}

function keyOf(state: string): string {
  return `mcp-connect:${hashOf(state)}`;
}
