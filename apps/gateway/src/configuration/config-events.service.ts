import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ConfigRow } from './config-row.js';
import type { ObjectChange } from './configuration-draft.js';

/** Who changes the configuration. */
export interface Author {
  readonly subject?: string | undefined;
  readonly clientId?: string | undefined;
  readonly address?: string | undefined;
}

const MAX_MEMBERS = 100;

/** Audit events of the configuration: in the transaction of the change itself, so that there is none without. */
@Injectable()
export class ConfigEvents {
  async record(manager: EntityManager, author: Author, changes: readonly ObjectChange[]): Promise<void> {
    await manager.query(
      `INSERT INTO gateway.audit_event (type, client_id, user_id, address, detail)
       SELECT type, $2, $3, $4, detail FROM json_to_recordset($1) AS event (type text, detail jsonb)`,
      [
        JSON.stringify(changes.map(eventOf)),
        author.clientId ?? null,
        author.subject ?? null,
        author.address ?? null,
      ],
    );
  }
}

function eventOf({ before, after }: ObjectChange) {
  const { kind, id, name } = (after ?? before)!;
  return {
    type: !before ? 'config.created' : after ? 'config.changed' : 'config.deleted',
    detail: {
      kind,
      id,
      name,
      ...(before ? { before: hashOf(before) } : {}),
      ...(after ? { after: hashOf(after) } : {}),
      // Names alone: a value may be a secret.
      ...(before && after ? { members: changedMembers(before.definition, after.definition) } : {}),
    },
  };
}

function hashOf({ definition }: ConfigRow): string {
  return createHash('sha256').update(JSON.stringify(definition)).digest('base64url');
}

function changedMembers(before: unknown, after: unknown): string[] {
  const [a, b] = [before, after].map((one) => (one ?? {}) as Record<string, unknown>) as [
    Record<string, unknown>,
    Record<string, unknown>,
  ];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .filter((name) => !isDeepStrictEqual(a[name], b[name]))
    .sort()
    .slice(0, MAX_MEMBERS);
}
