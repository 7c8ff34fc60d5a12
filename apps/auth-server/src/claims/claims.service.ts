import { RESERVED_CLAIMS } from '@gatehouse/client';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';
import { ClaimsProvider, type ClaimSet, type ClaimsRequest, type ClaimsSource } from './claims-provider.js';

/** Asks everybody who knows claims. */
@Injectable()
@MetadataSource()
export class Claims implements OnModuleInit, MetadataContributor {
  private sources: readonly ClaimsSource[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: ClaimsProvider.KEY });
    this.sources = marked.map((wrapper) => wrapper.instance as ClaimsSource);
  }

  metadata() {
    return { claims_supported: this.names() };
  }

  /** Every claim that somebody here knows. */
  names(): string[] {
    return this.sources.flatMap(({ names }) => names ?? []);
  }

  async collect(request: ClaimsRequest): Promise<ClaimSet> {
    const all: Record<string, unknown> = {};
    for (const source of this.sources) {
      for (const [name, value] of Object.entries(await source.claims(request))) {
        if (value !== undefined && value !== null && !RESERVED_CLAIMS.has(name)) all[name] = value;
      }
    }
    return all;
  }
}
