import { isDeepStrictEqual } from 'node:util';
import { type FieldFault, Problem } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import {
  type ConfigKind,
  type Configuration,
  Configured,
  PerConfiguration,
} from '../../configuration/config-kind.js';
import { CredentialSecrets } from '../credential-secrets.service.js';
import { CredentialsKind } from '../credentials.kind.js';
import { type PersonalKeyDefinition, personalKeyDefinition } from './personal-key-definition.js';

/**
 * `/admin/v1/personal-keys`: the keys that people made for themselves. The team need not exist: a key whose team is gone is
 * refused, and must not keep anybody from deleting the team.
 */
@Injectable()
@Configured('personal-keys')
export class PersonalKeyKind implements ConfigKind<PersonalKeyDefinition> {
  readonly singular = 'personal key';
  readonly schema = personalKeyDefinition as z.ZodType<PersonalKeyDefinition>;

  /** How many keys have a secret. */
  private readonly claims = new PerConfiguration((configuration) => {
    const claims = new Map<string, number>();
    const owners = [...configuration.of(this).values(), ...configuration.of(this.credentials).values()];
    for (const { definition } of owners) {
      if ('type' in definition && definition.type !== 'api_key') continue;
      for (const { sha256 } of definition.secrets) claims.set(sha256, (claims.get(sha256) ?? 0) + 1);
    }
    return claims;
  });

  constructor(
    private readonly credentials: CredentialsKind,
    private readonly secrets: CredentialSecrets,
  ) {}

  faults({ name, secrets }: PersonalKeyDefinition, configuration: Configuration): FieldFault[] {
    const claims = this.claims.of(configuration);
    const shared = secrets.flatMap(({ sha256 }, index) =>
      claims.get(sha256)! > 1
        ? [{ pointer: `/secrets/${index}/sha256`, detail: 'is in another key, too' }]
        : [],
    );
    // Budgets know both by their names.
    if (!configuration.of(this.credentials).has(name)) return shared;
    return [...shared, { pointer: '/name', detail: 'is the name of a credential' }];
  }

  /** Secrets that are left out stay what they were; a new key gets one. */
  accept(sent: PersonalKeyDefinition, before: PersonalKeyDefinition | undefined) {
    if (before) demandSameOwner(before, sent);
    if (sent.secrets.length > 0) return { kept: sent };
    if (before) return { kept: { ...sent, secrets: before.secrets } };
    const { secrets, shownOnce } = this.secrets.renewHashed([], 0);
    return { kept: { ...sent, secrets }, shownOnce };
  }
}

/** Who has the secret would be somebody else. @throws Problem 422 */
function demandSameOwner(before: PersonalKeyDefinition, sent: PersonalKeyDefinition): void {
  const errors = (['owner', 'team'] as const)
    .filter((member) => !isDeepStrictEqual(before[member], sent[member]))
    .map((member) => ({ pointer: `/${member}`, detail: 'cannot be changed; make another key' }));
  if (errors.length === 0) return;
  throw new Problem(422, 'Some members of the request cannot be used.', { errors });
}
