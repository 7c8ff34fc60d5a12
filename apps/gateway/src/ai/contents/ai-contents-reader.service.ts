import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { type Author, ConfigEvents } from '../../configuration/config-events.service.js';
import { AiContents } from './ai-contents.service.js';
import type { Contents } from './call-contents.js';

export interface StoredContents extends Contents {
  readonly callId: string;
  readonly at: Date;
  readonly expiresAt: Date;
  readonly route: string;
  readonly operation: string;
  readonly dialect: string;
  readonly model: string | null;
}

/** Who reads what was said in a call leaves an audit event, in the same transaction. */
@Injectable()
export class AiContentsReader {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly contents: AiContents,
    private readonly events: ConfigEvents,
  ) {}

  /** @returns undefined where nothing is stored, or not any longer */
  read(callId: string, author: Author): Promise<StoredContents | undefined> {
    return this.database.transaction(async (manager) => {
      const [row] = await manager.query<
        (Omit<StoredContents, keyof Contents> & { readonly sealed: string })[]
      >(
        `SELECT call_id AS "callId", at, expires_at AS "expiresAt", route, operation, dialect, model, sealed
         FROM gateway.ai_contents WHERE call_id = $1 AND expires_at > now()`,
        [callId],
      );
      if (!row) return undefined;
      const detail = { kind: 'ai-usage', id: callId, name: row.route };
      await this.events.note(manager, author, 'ai_contents.read', detail);
      const { sealed, ...about } = row;
      return { ...about, ...(JSON.parse(this.contents.box.open(sealed, callId)) as Contents) };
    });
  }
}
