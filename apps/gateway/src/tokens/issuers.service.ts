import { ACCESS_TOKEN_ALGORITHMS, ACCESS_TOKEN_TYPE } from '@gatehouse/token';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import {
  type Configuration,
  type ConfigurationUser,
  UsesConfiguration,
} from '../configuration/config-kind.js';
import { AuthServerClient } from './auth-server.client.js';
import { Introspector } from './introspector.js';
import { type IssuerDefinition, OWN_CLAIM_NAMES, OWN_ISSUER } from './issuer-definition.js';
import { IssuerRequests } from './issuer-requests.js';
import { IssuerKind } from './issuer.kind.js';
import { KeySet } from './key-set.js';
import { TokenIssuer } from './token-issuer.js';

/** An opaque token of our auth-server; what is revoked is told by the feed, whatever is remembered. */
const OWN_CACHE_S = 30;

interface Configured {
  readonly definition: string;
  readonly issuer: TokenIssuer;
}

/** Everybody whose access tokens are known: our auth-server, and the issuers of the configuration. */
@Injectable()
@UsesConfiguration()
export class Issuers implements ConfigurationUser, OnApplicationBootstrap, OnApplicationShutdown {
  readonly own: TokenIssuer;
  private readonly requests: IssuerRequests;
  private configured: ReadonlyMap<string, Configured> = new Map();
  private byName: ReadonlyMap<string, TokenIssuer>;
  private byUrl: ReadonlyMap<string, TokenIssuer>;

  constructor(
    @Inject(CONFIG) config: Config,
    authServer: AuthServerClient,
    private readonly kind: IssuerKind,
  ) {
    this.requests = new IssuerRequests(kind.secrets);
    this.own = ownIssuer(config.issuer, authServer);
    this.byName = new Map([[this.own.name, this.own]]);
    this.byUrl = new Map([[this.own.rules.url, this.own]]);
  }

  onApplicationBootstrap(): void {
    this.own.start();
  }

  async onApplicationShutdown(): Promise<void> {
    for (const issuer of this.byName.values()) issuer.stop();
    await this.requests.close();
  }

  named(name: string): TokenIssuer | undefined {
    return this.byName.get(name);
  }

  /** @param url an `iss`, to the letter */
  at(url: string): TokenIssuer | undefined {
    return this.byUrl.get(url);
  }

  /** An issuer that stays as it is keeps its keys, and the tokens that are remembered of it. */
  prepare(next: Configuration): () => void {
    const configured = new Map<string, Configured>();
    for (const { name, definition } of next.of(this.kind).values()) {
      const text = JSON.stringify(definition);
      const before = this.configured.get(name);
      const kept = before?.definition === text ? before : undefined;
      configured.set(name, kept ?? { definition: text, issuer: this.compile(definition) });
    }
    return () => this.putInForce(configured);
  }

  private putInForce(configured: ReadonlyMap<string, Configured>): void {
    const before = this.configured;
    const issuers = [this.own, ...[...configured.values()].map(({ issuer }) => issuer)];
    this.configured = configured;
    this.byName = new Map(issuers.map((issuer) => [issuer.name, issuer]));
    // Should two claim one URL in spite of all checks, the first has it; our own is the first.
    this.byUrl = new Map(issuers.reverse().map((issuer) => [issuer.rules.url, issuer]));
    for (const [name, { issuer }] of before) if (configured.get(name)?.issuer !== issuer) issuer.stop();
    for (const [name, { issuer }] of configured) if (before.get(name)?.issuer !== issuer) issuer.start();
  }

  private compile(definition: IssuerDefinition): TokenIssuer {
    const { name, issuer, introspection } = definition;
    const keys =
      definition.jwts === 'verify' ? new KeySet(name, () => this.requests.keys(definition)) : undefined;
    const introspector =
      introspection &&
      new Introspector(
        name,
        (token) => this.requests.introspect(name, introspection, token),
        introspection.cache,
      );
    const rules = {
      name,
      url: issuer,
      algorithms: definition.algorithms,
      typ: definition.typ,
      audiences: definition.audiences,
      clockSkew: definition.clock_skew,
      claims: definition.claims,
      requiredClaims: [],
    };
    return new TokenIssuer(rules, keys, introspector);
  }
}

function ownIssuer(url: string, authServer: AuthServerClient): TokenIssuer {
  const rules = {
    name: OWN_ISSUER,
    url,
    algorithms: ACCESS_TOKEN_ALGORITHMS,
    typ: ACCESS_TOKEN_TYPE,
    audiences: undefined,
    clockSkew: 0,
    claims: OWN_CLAIM_NAMES,
    requiredClaims: ['sub', 'aud', 'iat', 'jti', 'client_id'],
  };
  const introspector = new Introspector(OWN_ISSUER, (token) => authServer.introspect(token), OWN_CACHE_S);
  return new TokenIssuer(rules, new KeySet(OWN_ISSUER, () => authServer.keys()), introspector);
}
