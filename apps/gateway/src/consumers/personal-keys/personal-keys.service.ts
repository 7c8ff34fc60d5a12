import { Injectable } from '@nestjs/common';
import {
  type Configuration,
  type ConfigurationUser,
  PerConfiguration,
  UsesConfiguration,
} from '../../configuration/config-kind.js';
import type { Caller } from '../../guards/route-guard.js';
import type { Credential } from '../consumer-index.js';
import { endOf } from '../credential-secrets.service.js';
import type { KeyRules } from '../teams/team-definition.js';
import { TeamKind } from '../teams/team.kind.js';
import { Teams, type TeamsOf } from '../teams/teams.service.js';
import { PersonalKeyKind } from './personal-key.kind.js';
import type { PersonalKeyDefinition } from './personal-key-definition.js';

const DAY = 86_400_000;

/** The keys of people that are good, by the SHA-256 of their secrets: others are as if they did not exist. */
@Injectable()
@UsesConfiguration()
export class PersonalKeys implements ConfigurationUser {
  private current: ReadonlyMap<string, Credential> = new Map();

  private readonly made = new PerConfiguration((configuration) => {
    const teams = configuration.of(this.teamKind);
    const teamsOf = this.teams.of(configuration);
    const good = new Map<string, Credential>();
    for (const { definition } of configuration.of(this.kind).values()) {
      addKey(good, definition, teams.get(definition.team)?.definition.keys, teamsOf);
    }
    return good;
  });

  constructor(
    private readonly kind: PersonalKeyKind,
    private readonly teamKind: TeamKind,
    private readonly teams: Teams,
  ) {}

  prepare(next: Configuration): () => void {
    const keys = this.made.of(next);
    return () => {
      this.current = keys;
    };
  }

  find(sha256: string): Credential | undefined {
    return this.current.get(sha256);
  }

  /** Who calls with its newest secret; undefined: it is not let in. */
  callerOf({ secrets: [newest] }: PersonalKeyDefinition): Caller | undefined {
    const found = newest && this.find(newest.sha256);
    return found && found.until > Date.now() ? found.caller : undefined;
  }
}

/** @param rules of the team that the key was made for; undefined: there are none, or no such team any longer */
function addKey(
  good: Map<string, Credential>,
  key: PersonalKeyDefinition,
  rules: KeyRules | undefined,
  teamsOf: TeamsOf,
): void {
  const { name, owner, team, enabled, secrets } = key;
  if (!enabled || !rules || rules.per_member === 0 || !teamsOf(owner).has(team)) return;
  const models = modelsOf(key, rules);
  if (models?.length === 0) return;
  const caller = Object.freeze({ ...owner, team, credential: name, ...(models ? { models } : {}) });
  for (const secret of secrets) {
    // One that does not say when it was made is not known to be young enough.
    const oldest = Date.parse(secret.created_at ?? '1970-01-01') + rules.max_days * DAY;
    good.set(secret.sha256, { caller, until: Math.min(endOf(key), endOf(secret), oldest) });
  }
}

/** What a key may be used for now; undefined: whatever the route allows. */
function modelsOf({ models }: PersonalKeyDefinition, rules: KeyRules): readonly string[] | undefined {
  if (!models || !rules.models) return models ?? rules.models;
  const allowed = new Set(rules.models);
  return models.filter((model) => allowed.has(model));
}

/** The latest end that a key may get now, in milliseconds. */
export function latestEnd({ max_days: days }: KeyRules): number {
  return Date.now() + days * DAY;
}
