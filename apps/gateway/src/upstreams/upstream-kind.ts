import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { type ConfigKind, type Configuration, Configured } from '../configuration/config-kind.js';
import { type RouteUpstream, type UpstreamDefinition, upstreamDefinition } from './upstream-definition.js';

/** `/admin/v1/upstreams`, and `upstreams` of the declarative file. */
@Injectable()
@Configured('upstreams')
export class UpstreamKind implements ConfigKind<UpstreamDefinition> {
  readonly singular = 'upstream';
  readonly schema = upstreamDefinition;

  /** What is wrong with what a route says of an upstream. @param pointer where it says so */
  faultsOfRoute(pointer: string, { name }: RouteUpstream, configuration: Configuration): FieldFault[] {
    if (name === undefined || configuration.of(this).has(name)) return [];
    return [{ pointer: `${pointer}/name`, detail: 'names no upstream: create it first' }];
  }

  /** It has no servers: calls are refused, whatever was meant. */
  standIn(name: string): UpstreamDefinition {
    return this.schema.parse({ name, targets: [] });
  }
}
