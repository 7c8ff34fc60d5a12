import { Problem } from '@gatehouse/http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type ConfigKind, Configured } from './config-kind.js';

/** All kinds of configuration object that the gateway has, its own and in-house ones alike. */
@Injectable()
export class ConfigKinds implements OnModuleInit {
  private readonly kinds = new Map<string, ConfigKind>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const found = new Map<string, ConfigKind>();
    for (const wrapper of this.discovery.getProviders({ metadataKey: Configured.KEY })) {
      const plural = this.discovery.getMetadataByDecorator(Configured, wrapper);
      if (plural === undefined) continue;
      if (found.has(plural)) throw new Error(`Two kinds of configuration object are called ${plural}`);
      found.set(plural, wrapper.instance as ConfigKind);
    }
    for (const plural of [...found.keys()].sort()) this.kinds.set(plural, found.get(plural)!);
  }

  /** Their plurals and themselves, in the order of the alphabet. */
  all(): [string, ConfigKind][] {
    return [...this.kinds];
  }

  find(plural: string): ConfigKind | undefined {
    return this.kinds.get(plural);
  }

  /** @throws Problem 404 */
  get(plural: string): ConfigKind {
    const kind = this.kinds.get(plural);
    if (!kind) throw new Problem(404, 'There is nothing at this address.');
    return kind;
  }
}

/** The member under which a kind's objects stand in lists and files: `login-clients` are `login_clients`. */
export function memberOf(plural: string): string {
  return plural.replaceAll('-', '_');
}
