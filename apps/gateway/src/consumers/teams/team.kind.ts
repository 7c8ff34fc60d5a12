import type { FieldFault } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { type ConfigKind, type Configuration, Configured } from '../../configuration/config-kind.js';
import { ConsumersKind } from '../consumers.kind.js';
import { type TeamDefinition, teamDefinition } from './team-definition.js';

/** `/admin/v1/teams`: who belongs together. Somebody may be in several. */
@Injectable()
@Configured('teams')
export class TeamKind implements ConfigKind<TeamDefinition> {
  readonly singular = 'team';
  readonly schema = teamDefinition as z.ZodType<TeamDefinition>;

  constructor(private readonly consumers: ConsumersKind) {}

  faults({ consumers }: TeamDefinition, configuration: Configuration): FieldFault[] {
    const known = configuration.of(this.consumers);
    return consumers.flatMap((name, index) => {
      if (known.has(name)) return [];
      return [{ pointer: `/consumers/${index}`, detail: 'must name a consumer that exists' }];
    });
  }
}
