import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { type MetadataContributor, MetadataSource, type ServerMetadata } from './metadata-source.js';

/** Joins what all capabilities say of themselves. */
@Injectable()
export class MetadataService implements OnModuleInit {
  private sources: readonly MetadataContributor[] = [];

  constructor(private readonly discovery: DiscoveryService) {}

  onModuleInit(): void {
    const marked = this.discovery.getProviders({ metadataKey: MetadataSource.KEY });
    this.sources = marked.map((wrapper) => wrapper.instance as MetadataContributor);
  }

  async metadata(): Promise<ServerMetadata> {
    const all: Record<string, ServerMetadata[string]> = {};
    for (const source of this.sources) {
      for (const [name, value] of Object.entries(await source.metadata())) {
        if (value !== undefined && !isEmpty(value)) all[name] = join(name, all[name], value);
      }
    }
    return all;
  }
}

/** RFC 8414 §3.2: what has no elements is left out. */
function isEmpty(value: NonNullable<ServerMetadata[string]>): boolean {
  return Array.isArray(value) && value.length === 0;
}

function join(name: string, before: ServerMetadata[string], value: NonNullable<ServerMetadata[string]>) {
  if (before === undefined) return value;
  if (typeof before === 'object' && typeof value === 'object') return [...new Set([...before, ...value])];
  throw new Error(`Two sources of metadata claim ${name}`);
}
