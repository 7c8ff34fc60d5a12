import { hashOf } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { type Configuration, PerConfiguration } from '../../configuration/config-kind.js';
import { connections } from '../../upstreams/transport-definition.js';
import type { Upstream } from '../../upstreams/upstream.js';
import { Upstreams } from '../../upstreams/upstreams.service.js';
import { WeakCache } from '../../upstreams/weak-cache.js';
import type { AiProviderDefinition } from './ai-provider-definition.js';
import { AiProviderKind } from './ai-provider.kind.js';
import { AiProviderTypes } from './ai-provider-types.service.js';
import { type AiProviderType, baseUrlOf, parseSettings } from './ai-provider.js';
import { KeyRing, ProviderKey } from './provider-key.js';
import { openKey } from './sealed-keys.js';

/** An account at an AI provider, ready to be asked. */
export interface Provider {
  readonly name: string;
  readonly type: AiProviderType;
  /** By which the configuration names the type. */
  readonly typeName: string;
  readonly settings: unknown;
  readonly baseUrl: string;
  readonly upstream: Upstream;
  readonly keys: KeyRing;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeouts: AiProviderDefinition['timeouts'];
}

/** Streams hold a connection each, and a handshake is dear. */
const CONNECTIONS = connections.parse({ max: 2_048, idle_timeout: 30 });
/** The gateway's own clocks say when an answer takes too long: they know what a token is. */
const NEVER_S = 86_400;

/** The AI providers of a configuration. What is known of a key outlives changes of everything else. */
@Injectable()
export class AiProviders {
  private readonly keys = new WeakCache<ProviderKey>();
  private readonly made = new PerConfiguration((configuration) => this.compileAll(configuration));

  constructor(
    private readonly kind: AiProviderKind,
    private readonly types: AiProviderTypes,
    private readonly upstreams: Upstreams,
  ) {}

  of(configuration: Configuration): ReadonlyMap<string, Provider> {
    return this.made.of(configuration);
  }

  private compileAll(configuration: Configuration): ReadonlyMap<string, Provider> {
    const all = [...configuration.of(this.kind).values()];
    return new Map(all.map(({ name, definition }) => [name, this.compile(definition)]));
  }

  private compile(definition: AiProviderDefinition): Provider {
    const { name, headers, timeouts } = definition;
    const type = this.types.find(definition.type)!;
    const settings = parseSettings(type, definition.settings).data;
    const baseUrl = definition.base_url ?? baseUrlOf(type, settings)!;
    return {
      name,
      type,
      typeName: definition.type,
      settings,
      baseUrl,
      upstream: this.upstreamOf(definition, baseUrl),
      keys: this.keyRing(definition),
      headers,
      timeouts,
    };
  }

  private upstreamOf(definition: AiProviderDefinition, url: string): Upstream {
    const { tls, http2, timeouts } = definition;
    const settings = {
      tls,
      http2,
      connections: definition.connections ?? CONNECTIONS,
      timeouts: { connect: timeouts.connect, response: NEVER_S, idle: NEVER_S },
    };
    return this.upstreams.at(url, settings);
  }

  private keyRing(definition: AiProviderDefinition): KeyRing {
    const { name: provider, keys } = definition;
    if (keys.length === 0) return new KeyRing([this.keyOf(provider, undefined, undefined)]);
    const place = this.kind.placeOf(definition);
    return new KeyRing(keys.map((key) => this.keyOf(provider, key.name, openKey(key, place, this.kind.box))));
  }

  private keyOf(provider: string, name: string | undefined, secret: string | undefined): ProviderKey {
    const id = JSON.stringify([provider, name, secret === undefined ? null : hashOf(secret)]);
    return this.keys.of(id, () => new ProviderKey(name, secret));
  }
}
