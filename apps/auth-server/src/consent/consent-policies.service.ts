import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import {
  type ConsentDecider,
  type ConsentDecision,
  ConsentPolicy,
  type ConsentQuestion,
} from './consent-policy.js';

const STRICTEST_FIRST: readonly ConsentDecision[] = ['refuse', 'ask', 'skip'];

/** Asks all in-house policies about consent. */
@Injectable()
export class ConsentPolicies implements OnModuleInit {
  private policies: readonly ConsentDecider[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: ConsentPolicy.KEY });
    this.policies = marked.map((wrapper) => wrapper.instance as ConsentDecider);
  }

  /** The strictest decision; undefined where no policy has one. */
  async decide(question: ConsentQuestion): Promise<ConsentDecision> {
    const decisions = await Promise.all(this.policies.map((policy) => policy.decide(question)));
    return STRICTEST_FIRST.find((decision) => decisions.includes(decision));
  }
}
