import type { LookupFunction } from 'node:net';
import { publicLookup } from '@gatehouse/guarded-fetch';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createRemoteJWKSet, customFetch } from 'jose';
import { LRUCache } from 'lru-cache';
import { Agent } from 'undici';
import { z } from 'zod';
import { CONFIG, type Config } from '../config.js';
import { AuthServerClient } from '../tokens/auth-server.client.js';
import { endpointFault, isAtIssuer } from '../tokens/issuer-endpoints.js';
import type { Provider } from './provider.js';
import { exchange } from './provider-request.js';

const REMEMBERED = 200;
const REFRESH_MS = 10 * 60_000;
const CONNECT_TIMEOUT_MS = 2_000;
const KEYS_TIMEOUT_MS = 2_000;
/** An unknown key is looked up this often at most, so that nobody makes us ask on and on. */
const KEYS_COOLDOWN_MS = 1_000;

const endpoint = z.url({ protocol: /^https?$/ }).max(2_048);

const metadata = z.object({
  issuer: z.string(),
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  jwks_uri: endpoint,
  userinfo_endpoint: endpoint.optional(),
  revocation_endpoint: endpoint.optional(),
  end_session_endpoint: endpoint.optional(),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
});

type Metadata = z.output<typeof metadata>;

interface Known {
  readonly provider: Provider;
  askedAt: number;
}

/** The providers that people sign in at. Ours is known; another one's metadata is read when it is first needed. */
@Injectable()
export class Providers implements OnApplicationShutdown {
  private readonly agent = agentWith();
  private readonly publicAgent = agentWith(publicLookup);
  private readonly ours: Provider;
  private readonly others = new LRUCache<string, Known>({ max: REMEMBERED });
  private readonly asking = new Map<string, Promise<Provider>>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    authServer: AuthServerClient,
  ) {
    const { issuer } = config;
    const { url, agent } = authServer;
    this.ours = {
      issuer,
      authorizationUrl: `${issuer}/oauth2/authorize`,
      tokenUrl: `${url}/oauth2/token`,
      userinfoUrl: `${url}/userinfo`,
      revocationUrl: `${url}/oauth2/revoke`,
      endSessionUrl: `${issuer}/logout`,
      keys: keysAt(`${url}/jwks`, agent),
      namesItself: true,
      isOurs: true,
      dispatcher: agent,
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.agent.destroy(), this.publicAgent.destroy()]);
  }

  /** @throws when the provider is not known yet and does not answer as it should */
  async of(issuer: string): Promise<Provider> {
    if (this.isOurs(issuer)) return this.ours;
    const known = this.others.get(issuer);
    if (!known) return this.ask(issuer);
    if (Date.now() - known.askedAt > REFRESH_MS) {
      known.askedAt = Date.now();
      // What a provider said last is used while it is away.
      this.ask(issuer).catch(() => undefined);
    }
    return known.provider;
  }

  /** Whether access tokens of an issuer can be read and revoked here. */
  isOurs(issuer: string): boolean {
    return issuer === this.config.issuer;
  }

  /** However many wait for it, one request. */
  private ask(issuer: string): Promise<Provider> {
    let answer = this.asking.get(issuer);
    if (!answer) {
      answer = this.discover(issuer).finally(() => this.asking.delete(issuer));
      this.asking.set(issuer, answer);
    }
    return answer;
  }

  private async discover(issuer: string): Promise<Provider> {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { status, json } = await exchange(url, { dispatcher: this.agent });
    if (status !== 200) throw new Error(`${url} answers with status ${status}`);
    const found = metadata.parse(json);
    // OpenID Connect Discovery §4.3: or one provider could pass for another.
    if (found.issuer !== issuer) throw new Error(`${url} is of another issuer than ${issuer}`);
    const dispatcher = this.agentFor(issuer, found);
    const provider = {
      issuer,
      authorizationUrl: found.authorization_endpoint,
      tokenUrl: found.token_endpoint,
      userinfoUrl: found.userinfo_endpoint,
      revocationUrl: found.revocation_endpoint,
      endSessionUrl: found.end_session_endpoint,
      keys: keysAt(found.jwks_uri, dispatcher),
      namesItself: found.authorization_response_iss_parameter_supported,
      isOurs: false,
      dispatcher,
    };
    this.others.set(issuer, { provider, askedAt: Date.now() });
    return provider;
  }

  /** What asks the addresses that are not for browsers. @throws when one of the metadata must not be used */
  private agentFor(issuer: string, found: Metadata): Agent {
    for (const url of Object.values(found)) {
      const fault = typeof url === 'string' ? endpointFault(issuer, url) : undefined;
      if (fault !== undefined) throw new Error(`${url} in the metadata of ${issuer} ${fault}`);
    }
    const { token_endpoint: token, jwks_uri: keys } = found;
    const { userinfo_endpoint: userinfo = issuer, revocation_endpoint: revocation = issuer } = found;
    const own = [token, keys, userinfo, revocation].every((url) => isAtIssuer(issuer, url));
    return own ? this.agent : this.publicAgent;
  }
}

function agentWith(lookup?: LookupFunction): Agent {
  const connect = { timeout: CONNECT_TIMEOUT_MS, ...(lookup && { lookup }) };
  return new Agent({ connections: 16, connect });
}

/** A set of keys, fetched as all else is. */
function keysAt(url: string, dispatcher: Agent) {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: KEYS_TIMEOUT_MS,
    cooldownDuration: KEYS_COOLDOWN_MS,
    [customFetch]: async (address, { headers }) => {
      const options = { dispatcher, headers: Object.fromEntries(headers), timeoutMs: KEYS_TIMEOUT_MS };
      const { status, text } = await exchange(address, options);
      return new Response(text, { status });
    },
  });
}
