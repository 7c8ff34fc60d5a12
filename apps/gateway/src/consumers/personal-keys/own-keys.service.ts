import { randomBytes } from 'node:crypto';
import { type FieldFault, Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { Author } from '../../configuration/config-events.service.js';
import type { ConfigRow } from '../../configuration/config-row.js';
import { ConfigurationChanges } from '../../configuration/configuration-changes.service.js';
import type { ConfigurationDraft } from '../../configuration/configuration-draft.js';
import { CredentialSecrets } from '../credential-secrets.service.js';
import { type KeyRules, teamDefinition } from '../teams/team-definition.js';
import { hasMember, type User } from '../teams/teams.service.js';
import type { KeyRotation, KeyWish } from './key-wish.js';
import { type PersonalKeyDefinition, personalKeyDefinition } from './personal-key-definition.js';
import { latestEnd } from './personal-keys.service.js';

const KIND = 'personal-keys';

export interface OwnKey {
  readonly key: PersonalKeyDefinition;
  readonly createdAt: Date;
}

export interface NewOwnKey extends OwnKey {
  readonly shownOnce: { readonly secret: string };
}

/**
 * The keys of one person, within the rules of their teams. Everything is looked up and checked inside of the change, which
 * is one at a time over all replicas: of requests at the same moment, none gets more than the rules allow.
 */
@Injectable()
export class OwnKeys {
  constructor(
    private readonly changes: ConfigurationChanges,
    private readonly secrets: CredentialSecrets,
  ) {}

  async list(owner: User): Promise<OwnKey[]> {
    return keysOf(await this.changes.read(), owner).map(shown);
  }

  /** @throws Problem 409 when the owner has as many as they may, 422 that names each fault */
  async create(owner: User, wish: KeyWish, author: Author): Promise<NewOwnKey> {
    const made = await this.changes.change(author, (draft) => {
      const { name: label, team, models, expires_at: end, metadata } = wish;
      const rules = rulesOf(draft, team, owner);
      if (!rules) throw unusable([NO_TEAM]);
      const faults = [...modelFaults(models, rules), ...endFaults(end, rules)];
      if (faults.length > 0) throw unusable(faults);
      const there = keysOf(draft, owner).filter(({ key }) => key.team === team).length;
      if (there >= rules.per_member) throw tooMany(team, rules);
      const { secrets, shownOnce } = this.secrets.renewHashed([], 0);
      const name = `own-${randomBytes(12).toString('hex')}`;
      const expires_at = end ?? new Date(latestEnd(rules)).toISOString();
      draft.put(KIND, { name, label, owner, team, models, expires_at, metadata, secrets });
      return { name, shownOnce };
    });
    return { ...(await this.read(owner, made.name)), shownOnce: made.shownOnce };
  }

  /** @throws Problem 404, 409 when the team does not allow the key any longer, 422 */
  async rotate(owner: User, id: string, wish: KeyRotation, author: Author): Promise<NewOwnKey> {
    const shownOnce = await this.changes.change(author, (draft) => {
      const { row, key } = keyOf(draft, owner, id);
      const rules = rulesOf(draft, key.team, owner);
      if (!rules)
        throw new Problem(409, `The team ${key.team} does not allow you keys any longer: delete it.`);
      const kept = Math.min(Date.parse(key.expires_at), latestEnd(rules));
      const end = wish.expires_at ?? new Date(kept).toISOString();
      const faults = endFaults(end, rules);
      if (faults.length > 0) throw unusable(faults);
      const keepUntil = Date.now() + wish.overlap_seconds * 1_000;
      const renewed = this.secrets.renewHashed(key.secrets, keepUntil);
      draft.put(KIND, { ...key, expires_at: end, secrets: renewed.secrets }, row);
      return renewed.shownOnce;
    });
    return { ...(await this.read(owner, id)), shownOnce };
  }

  /** @throws Problem 404 */
  async delete(owner: User, id: string, author: Author): Promise<void> {
    await this.changes.change(author, (draft) => draft.remove(keyOf(draft, owner, id).row));
  }

  /** As it is stored: its times are the database's. */
  private async read(owner: User, id: string): Promise<OwnKey> {
    return shown(keyOf(await this.changes.read(), owner, id));
  }
}

interface FoundKey {
  readonly row: ConfigRow;
  readonly key: PersonalKeyDefinition;
}

function keysOf(draft: ConfigurationDraft, { issuer, subject }: User): FoundKey[] {
  return draft.of(KIND).flatMap((row) => {
    const { owner } = row.definition as Partial<PersonalKeyDefinition>;
    if (owner?.subject !== subject || owner.issuer !== issuer) return [];
    return found(row) ?? [];
  });
}

function found(row: ConfigRow): FoundKey | undefined {
  const { data: key } = personalKeyDefinition.safeParse(row.definition);
  return key && { row, key };
}

function shown({ row, key }: FoundKey): OwnKey {
  return { key, createdAt: row.createdAt };
}

/** Nobody can tell a key of somebody else from none. @throws Problem 404 */
function keyOf(draft: ConfigurationDraft, owner: User, id: string): FoundKey {
  const one = keysOf(draft, owner).find(({ key }) => key.name === id);
  if (!one) throw new Problem(404, 'You have no key with this id.');
  return one;
}

/** What somebody may make keys for; undefined: nothing, or there is no such team. */
function rulesOf(draft: ConfigurationDraft, name: string, owner: User): KeyRules | undefined {
  const row = draft.of('teams').find((one) => one.name === name);
  const { data: team } = teamDefinition.safeParse(row?.definition);
  const isAllowed = team?.keys && team.keys.per_member > 0 && hasMember(team, owner);
  return isAllowed ? team.keys : undefined;
}

const NO_TEAM: FieldFault = {
  pointer: '/team',
  detail: 'must be one of the teams for which you may make keys, as GET /account/v1/ai-keys lists them',
};

function modelFaults(models: readonly string[] = [], { models: allowed }: KeyRules): FieldFault[] {
  return models.flatMap((model, index) => {
    if (allowed?.includes(model) ?? true) return [];
    const detail = 'is not allowed to keys of this team; GET /account/v1/ai-keys lists what is';
    return [{ pointer: `/models/${index}`, detail }];
  });
}

function endFaults(end: string | undefined, rules: KeyRules): FieldFault[] {
  const latest = latestEnd(rules);
  if (end === undefined) return [];
  const time = Date.parse(end);
  if (time > Date.now() && time <= latest) return [];
  const detail = `must be a time from now to ${new Date(latest).toISOString()}, as the team allows ${rules.max_days} days`;
  return [{ pointer: '/expires_at', detail }];
}

function tooMany(team: string, { per_member: most }: KeyRules): Problem {
  return new Problem(409, `You have as many keys for the team ${team} as a member may have: ${most}.`, {
    errors: [{ pointer: '/team', detail: 'has no room for another key of yours: delete one first' }],
  });
}

function unusable(errors: FieldFault[]): Problem {
  return new Problem(422, 'Some members of the request cannot be used.', { errors });
}
