import { Injectable } from '@nestjs/common';
import { ConfigurationInForce } from '../../configuration/configuration-in-force.service.js';
import type { KeyRules } from '../teams/team-definition.js';
import { TeamKind } from '../teams/team.kind.js';
import { Teams, type User } from '../teams/teams.service.js';

export interface KeyTeam extends KeyRules {
  readonly name: string;
}

/** For which teams somebody may make keys. */
@Injectable()
export class OwnKeyTeams {
  constructor(
    private readonly configuration: ConfigurationInForce,
    private readonly kind: TeamKind,
    private readonly teams: Teams,
  ) {}

  /** With their rules, by name. */
  of(user: User): KeyTeam[] {
    const { current } = this.configuration;
    const known = current.of(this.kind);
    return [...this.teams.of(current)(user)].sort().flatMap((name) => {
      const rules = known.get(name)?.definition.keys;
      return rules && rules.per_member > 0 ? [{ name, ...rules }] : [];
    });
  }
}
