import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { AiProvider, type AiProviderType } from './ai-provider.js';

/** All kinds of AI provider that the gateway knows, its own and in-house ones alike. */
@Injectable()
export class AiProviderTypes implements OnModuleInit {
  private readonly types = new Map<string, AiProviderType>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: AiProvider.KEY })) {
      const name = this.discovery.getMetadataByDecorator(AiProvider, wrapper);
      if (name === undefined) continue;
      if (this.types.has(name)) throw new Error(`Two AI providers claim the type ${name}`);
      this.types.set(name, wrapper.instance as AiProviderType);
    }
  }

  get names(): string[] {
    return [...this.types.keys()].sort();
  }

  find(name: string): AiProviderType | undefined {
    return this.types.get(name);
  }
}
