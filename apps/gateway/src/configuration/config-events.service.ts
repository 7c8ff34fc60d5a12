import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { changedMembers } from './changed-members.js';
import type { ConfigRow } from './config-row.js';
import type { ObjectChange } from './configuration-draft.js';

/** Who changes the configuration. */
export interface Author {
  readonly subject?: string | undefined;
  readonly clientId?: string | undefined;
  readonly address?: string | undefined;
}

export interface EventFilter {
  readonly type?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
}

interface EventRow {
  readonly id: string;
  readonly at: Date;
  readonly type: string;
  readonly client_id: string | null;
  readonly user_id: string | null;
  readonly address: string | null;
  readonly detail: object;
}

/** As the admin API shows it. */
export interface ConfigEvent {
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly client_id?: string;
  readonly user_id?: string;
  readonly address?: string;
  readonly detail: object;
}

/** Audit events of the configuration: in the transaction of the change itself, so that there is none without. */
@Injectable()
export class ConfigEvents {
  constructor(@InjectDataSource() private readonly database: DataSource) {}

  /** A page of them, newest first, beginning before an id. */
  async list(before: string, limit: number, { type, kind, name }: EventFilter): Promise<ConfigEvent[]> {
    const rows = await this.database.query<EventRow[]>(
      `SELECT id, at, type, client_id, user_id, address, detail FROM gateway.audit_event
       WHERE id < $1 AND ($2::text IS NULL OR type = $2) AND ($3::text IS NULL OR detail ->> 'kind' = $3)
         AND ($4::text IS NULL OR detail ->> 'name' = $4)
       ORDER BY id DESC LIMIT $5`,
      [before, type ?? null, kind ?? null, name ?? null, limit],
    );
    return rows.map(({ at, client_id, user_id, address, ...row }) => ({
      ...row,
      at: at.toISOString(),
      ...(client_id === null ? {} : { client_id }),
      ...(user_id === null ? {} : { user_id }),
      ...(address === null ? {} : { address }),
    }));
  }

  /** Something else that is to be known of. @param detail with the kind, the id and the name of what it is about */
  async note(
    manager: EntityManager,
    { clientId, subject, address }: Author,
    type: string,
    detail: { readonly kind: string; readonly id: string; readonly name: string },
  ): Promise<void> {
    await manager.query(
      'INSERT INTO gateway.audit_event (type, client_id, user_id, address, detail) VALUES ($1, $2, $3, $4, $5)',
      [type, clientId ?? null, subject ?? null, address ?? null, detail],
    );
  }

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
  return createHash('sha256').update(JSON.stringify(definition, membersInOrder)).digest('base64url');
}

/** PostgreSQL keeps no order of members. */
function membersInOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
