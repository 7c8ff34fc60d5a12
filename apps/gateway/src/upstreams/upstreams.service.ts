import type { LookupFunction } from 'node:net';
import { publicLookup } from '@gatehouse/guarded-fetch';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import {
  type Configuration,
  type ConfigurationUser,
  UsesConfiguration,
} from '../configuration/config-kind.js';
import { Dns } from './discovery/dns.service.js';
import { ManagedUpstream, type Surroundings } from './managed-upstream.js';
import { TlsFiles } from './transport/tls-files.service.js';
import { type RouteUpstream, type UpstreamDefinition, upstreamDefinition } from './upstream-definition.js';
import { UpstreamKind } from './upstream-kind.js';
import type { Upstream } from './upstream.js';
import { WeakCache } from './weak-cache.js';

/**
 * All upstreams of the configuration. One that is named is the same object over all changes, so that a route can hold on to it
 * whether it is in force yet or not. One server by its URL is shared by the routes that say the same of it, and goes when the
 * last of them does: its connections end by their idle timeout.
 */
@Injectable()
@UsesConfiguration()
export class Upstreams implements ConfigurationUser, OnApplicationShutdown {
  private readonly named = new WeakCache<ManagedUpstream>();
  private inForce: ReadonlyMap<string, ManagedUpstream> = new Map();
  private readonly single = new WeakCache<ManagedUpstream>();
  private readonly surroundings: Surroundings;

  constructor(
    private readonly kind: UpstreamKind,
    files: TlsFiles,
    dns: Dns,
    @Inject(CONFIG) private readonly config: Pick<Config, 'allowPrivateAddresses'>,
  ) {
    this.surroundings = { files, dns };
  }

  of({ name, url, ...settings }: RouteUpstream): Upstream {
    return name === undefined ? this.server(url!, settings) : this.byName(name);
  }

  /**
   * One server at an address that is nobody's route: unless the settings allow it, it must not be in a private network,
   * whatever its name leads to.
   */
  at(url: string, settings: ServerSettings): Upstream {
    return this.server(url, settings, this.config.allowPrivateAddresses ? undefined : publicLookup);
  }

  private server(url: string, settings: ServerSettings, lookup?: LookupFunction): Upstream {
    return this.single.of(JSON.stringify([url, settings, lookup !== undefined]), () => {
      const surroundings = lookup ? { ...this.surroundings, lookup } : this.surroundings;
      const upstream = new ManagedUpstream(new URL(url).host, surroundings);
      upstream.update({ ...ONE_SERVER, targets: [{ url, weight: 1 }], ...settings });
      return upstream;
    });
  }

  /** Those that are in force now. */
  *[Symbol.iterator](): Iterator<ManagedUpstream> {
    yield* this.inForce.values();
    yield* this.single;
  }

  /** One that is in force, by its name. */
  find(name: string): ManagedUpstream | undefined {
    return this.inForce.get(name);
  }

  prepare(next: Configuration): () => void {
    const wanted = [...next.of(this.kind).values()];
    return () => {
      const before = this.inForce;
      this.inForce = new Map(wanted.map(({ name, definition }) => [name, this.put(name, definition)]));
      for (const [name, upstream] of before) if (!this.inForce.has(name)) upstream.close();
    };
  }

  onApplicationShutdown(): void {
    for (const upstream of this) upstream.close();
  }

  private put(name: string, definition: UpstreamDefinition): ManagedUpstream {
    const upstream = this.byName(name);
    if (JSON.stringify(upstream.definition) !== JSON.stringify(definition)) upstream.update(definition);
    return upstream;
  }

  private byName(name: string): ManagedUpstream {
    return this.named.of(name, () => new ManagedUpstream(name, this.surroundings));
  }
}

type ServerSettings = Omit<RouteUpstream, 'name' | 'url'>;

const ONE_SERVER = upstreamDefinition.parse({ name: 'one', targets: [] });
