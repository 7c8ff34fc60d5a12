import type { FieldFault } from '@gatehouse/http';
import { DiscoveryService } from '@nestjs/core';
import type { z } from 'zod';

/**
 * An object of the configuration: a route, an upstream, a consumer … One that did not change is the very same object in
 * the next configuration, so that what was made of it can be kept by identity.
 */
export interface ConfigObject<Definition = unknown> {
  readonly id: string;
  readonly name: string;
  readonly definition: Definition;
}

/** All objects that are in force together, each checked; another one after each change. */
export interface Configuration {
  /** Another text after each change. */
  readonly version: string;
  /** The objects of a kind by name, in the order of their names. */
  of<Definition>(kind: ConfigKind<Definition>): ReadonlyMap<string, ConfigObject<Definition>>;
}

/**
 * A kind of configuration object. `@Configured('routes')` on a provider makes it known; from then on it is managed at
 * `/admin/v1/routes`, stands in the declarative file under `routes`, and is loaded with everything else.
 */
export interface ConfigKind<Definition = unknown> {
  /** One of them, for titles and errors: `route`. */
  readonly singular: string;
  /** Checks one object; its `name` names it. */
  readonly schema: z.ZodType<Definition>;
  /** What the schema cannot see: other objects that are named and do not exist, settings of types known by registries. */
  faults?(definition: Definition, configuration: Configuration): FieldFault[];
  /** What callers of the admin API see of it; left out: all. Secrets are left out here, never shown. */
  shown?(definition: Definition): object;
  /**
   * Turns what was sent into what is kept: hashes or encrypts secrets, fills in what is generated. `shownOnce` is in the
   * answer to this write, and nowhere else.
   */
  accept?(sent: Definition, before: Definition | undefined): { kept: Definition; shownOnce?: object };
  /**
   * What stands in force for an object that is in the database and faulty (nobody checked it, or another version did): it
   * must be no more open than the object itself. Left out, or undefined returned: nothing does, and what names the object
   * is faulty, too.
   */
  standIn?(name: string, faulty: unknown): Definition | undefined;
}

/** Marks a `ConfigKind`; the argument is its plural in addresses and files. */
export const Configured = DiscoveryService.createDecorator<string>();

/**
 * Who compiles something of the configuration; `@UsesConfiguration()` on a provider makes it known. `prepare` is called
 * with each new one before it is in force, and with some that never will be: it starts nothing that must be ended. It may
 * throw, and then nothing changes. What it returns puts the new one in force: all of these run in one go, in no certain
 * order, and none may fail. Who needs what another one makes of the same configuration asks it, and gets it by a
 * `PerConfiguration`.
 */
export interface ConfigurationUser {
  prepare(next: Configuration): () => void;
}

/** Marks a `ConfigurationUser`; a `ConfigKind` that is one itself needs no other mark. */
export const UsesConfiguration = DiscoveryService.createDecorator();

/** Something that is made of each configuration once, when first asked for. */
export class PerConfiguration<Value> {
  private readonly made = new WeakMap<Configuration, { readonly value: Value }>();

  constructor(private readonly make: (configuration: Configuration) => Value) {}

  of(configuration: Configuration): Value {
    let known = this.made.get(configuration);
    if (!known) this.made.set(configuration, (known = { value: this.make(configuration) }));
    return known.value;
  }
}
