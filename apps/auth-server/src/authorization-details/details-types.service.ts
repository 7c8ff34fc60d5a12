import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { type AuthorizationDetailsHandler, AuthorizationDetailsType } from './authorization-details-type.js';
import { DetailsType } from './details-type.entity.js';
import { compileSchema } from './json-schema.js';

const FRESH_MS = 1_000;

type Handlers = ReadonlyMap<string, AuthorizationDetailsHandler>;

/** All types of authorization details: those of modules, and those that administrators registered. */
@Injectable()
export class DetailsTypes implements OnModuleInit {
  private readonly ofModules = new Map<string, AuthorizationDetailsHandler>();
  private table: { readonly at: number; readonly handlers: Promise<Handlers> } | undefined;

  constructor(
    private readonly discovery: DiscoveryService,
    @InjectRepository(DetailsType) private readonly repository: Repository<DetailsType>,
  ) {}

  onModuleInit(): void {
    for (const wrapper of this.discovery.getProviders({ metadataKey: AuthorizationDetailsType.KEY })) {
      const type = this.discovery.getMetadataByDecorator(AuthorizationDetailsType, wrapper);
      if (type === undefined) continue;
      if (this.ofModules.has(type))
        throw new Error(`Two providers claim the authorization details type ${type}`);
      this.ofModules.set(type, wrapper.instance as AuthorizationDetailsHandler);
    }
  }

  /** Whether a module brought the type: then no administrator may redefine it. */
  isBuiltIn(type: string): boolean {
    return this.ofModules.has(type);
  }

  async find(type: string): Promise<AuthorizationDetailsHandler | undefined> {
    return this.ofModules.get(type) ?? (await this.registered()).get(type);
  }

  /** For discovery. */
  async names(): Promise<string[]> {
    return [...this.ofModules.keys(), ...(await this.registered()).keys()];
  }

  list(): Promise<DetailsType[]> {
    return this.repository.find({ order: { type: 'ASC' }, take: 1_000 });
  }

  async put(type: string, title: string, schema: Readonly<Record<string, unknown>>): Promise<void> {
    await this.repository.upsert({ type, title, schema, updatedAt: new Date() } as never, ['type']);
    this.table = undefined;
  }

  /** @returns whether there was one */
  async remove(type: string): Promise<boolean> {
    const { affected } = await this.repository.delete({ type });
    this.table = undefined;
    return (affected ?? 0) > 0;
  }

  private registered(): Promise<Handlers> {
    const now = Date.now();
    if (this.table && now - this.table.at < FRESH_MS) return this.table.handlers;
    const handlers = this.load();
    this.table = { at: now, handlers };
    handlers.catch(() => (this.table = undefined));
    return handlers;
  }

  private async load(): Promise<Handlers> {
    const rows = await this.list();
    return new Map(
      rows.map(({ type, title, schema }) => [type, { title, schema: compileSchema(type, schema) }]),
    );
  }
}
