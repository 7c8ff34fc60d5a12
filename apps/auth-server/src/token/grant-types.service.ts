import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type GrantHandler, GrantType } from './grant-type.js';

/** All grant types this server has, its own and in-house ones alike. */
@Injectable()
export class GrantTypes implements OnModuleInit {
  private readonly handlers = new Map<string, GrantHandler>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: GrantType.KEY })) {
      const name = this.discovery.getMetadataByDecorator(GrantType, wrapper);
      if (name === undefined) continue;
      if (this.handlers.has(name)) throw new Error(`Two grant handlers claim the grant type ${name}`);
      this.handlers.set(name, wrapper.instance as GrantHandler);
    }
  }

  get(name: string): GrantHandler | undefined {
    return this.handlers.get(name);
  }

  has(name: string): boolean {
    return this.handlers.has(name);
  }

  names(): string[] {
    return [...this.handlers.keys()];
  }
}
