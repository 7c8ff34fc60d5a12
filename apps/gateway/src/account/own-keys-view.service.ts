import { Injectable } from '@nestjs/common';
import { type AiKeyUse, AiKeyUses, UNUSED } from '../ai/records/ai-key-uses.service.js';
import { type KeyTeam, OwnKeyTeams } from '../consumers/personal-keys/own-key-teams.service.js';
import { type OwnKey, OwnKeys } from '../consumers/personal-keys/own-keys.service.js';
import { PersonalKeys } from '../consumers/personal-keys/personal-keys.service.js';
import type { User } from '../consumers/teams/teams.service.js';
import { type KeyBudget, OwnKeyBudgets } from './own-key-budgets.service.js';

export interface ShownKey extends OwnKey {
  readonly isUsable: boolean;
  readonly use: AiKeyUse;
}

/** All that somebody sees of their keys. */
export interface ShownKeys {
  readonly keys: readonly ShownKey[];
  readonly teams: readonly KeyTeam[];
  /** Undefined: they cannot be read at the moment. */
  readonly budgets: readonly KeyBudget[] | undefined;
}

@Injectable()
export class OwnKeysView {
  constructor(
    private readonly keys: OwnKeys,
    private readonly personalKeys: PersonalKeys,
    private readonly teams: OwnKeyTeams,
    private readonly uses: AiKeyUses,
    private readonly budgets: OwnKeyBudgets,
  ) {}

  async of(user: User): Promise<ShownKeys> {
    const own = await this.keys.list(user);
    const [uses, budgets] = await Promise.all([
      this.uses.of(own.map(({ key }) => key.name)),
      this.budgets.of(own.map(({ key }) => key)),
    ]);
    const keys = own.map((one) => ({
      ...one,
      isUsable: this.personalKeys.callerOf(one.key) !== undefined,
      use: uses.get(one.key.name) ?? UNUSED,
    }));
    return { keys, teams: this.teams.of(user), budgets };
  }
}
