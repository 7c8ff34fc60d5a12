import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { AiGuardrail, type AiGuardrailType } from './ai-guardrail.js';

/** All types of guardrail that the gateway knows, its own and in-house ones alike. */
@Injectable()
export class AiGuardrailTypes implements OnModuleInit {
  private readonly types = new Map<string, AiGuardrailType>();

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: AiGuardrail.KEY })) {
      const name = this.discovery.getMetadataByDecorator(AiGuardrail, wrapper);
      if (name === undefined) continue;
      if (this.types.has(name)) throw new Error(`Two AI guardrails claim the type ${name}`);
      this.types.set(name, wrapper.instance as AiGuardrailType);
    }
  }

  get names(): string[] {
    return [...this.types.keys()].sort();
  }

  find(name: string): AiGuardrailType | undefined {
    return this.types.get(name);
  }
}
