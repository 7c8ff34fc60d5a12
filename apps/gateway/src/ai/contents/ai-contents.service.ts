import type { FieldFault } from '@gatehouse/http';
import { Metrics } from '@gatehouse/observability';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import type { Call } from '../../calls/call.js';
import { CONFIG, type Config } from '../../config.js';
import type { RowWriter } from '../../usage/row-writer.js';
import { RowWriters } from '../../usage/row-writers.service.js';
import type { AiCall } from '../records/ai-call.js';
import type { AiContentsDefinition } from './ai-contents-definition.js';
import { CallContents, type Contents } from './call-contents.js';

/** A row of `gateway.ai_contents`. */
interface ContentsRow {
  /** The id of the call; undefined: it stands for rows for which there was no room. */
  readonly id: string | undefined;
  readonly at: number;
  readonly expires: number;
  readonly route: string;
  readonly operation: string;
  readonly dialect: string;
  readonly model: string | undefined;
  readonly sealed: string;
}

const INSERT = `
  INSERT INTO gateway.ai_contents (call_id, at, expires_at, route, operation, dialect, model, sealed)
  SELECT one.id, to_timestamp(at / 1000.0), to_timestamp(expires / 1000.0), route, operation, dialect, model, sealed
  FROM batch, json_to_recordset($2) AS one (id uuid, at double precision, expires double precision, route text,
    operation text, dialect text, model text, sealed text)
  WHERE one.id IS NOT NULL
  ON CONFLICT (call_id) DO NOTHING`;

const DAY_MS = 86_400_000;
/** Of what waits to be written; beyond it contents are left out. */
const MAX_WAITING = 67_108_864;
/** Rows that are written at once: they are large. */
const BATCH = 50;

const NO_ROOM: ContentsRow = {
  id: undefined,
  at: 0,
  expires: 0,
  route: '',
  operation: '',
  dialect: '',
  model: undefined,
  sealed: '',
};

/** What is said in AI calls, encrypted, where routes have it stored. */
@Injectable()
export class AiContents {
  /** Whether the settings say that no records are kept. */
  readonly off: boolean;
  readonly box: SecretBox;
  private readonly rows: RowWriter<ContentsRow>;
  private readonly leftOut: Counter;
  private waiting = 0;

  constructor(writers: RowWriters, metrics: Metrics, @Inject(CONFIG) { secret }: Config) {
    this.off = writers.off;
    this.box = new SecretBox(secret, 'contents of AI calls');
    this.rows = writers.of<ContentsRow>({
      name: 'contents of AI calls',
      insert: INSERT,
      batch: BATCH,
      sums: { keyOf: () => '', add: () => NO_ROOM },
      kept: (rows) => {
        for (const { sealed } of rows) this.waiting -= sealed.length;
      },
      counter: {
        name: 'gatehouse_ai_contents_total',
        help: 'Contents of AI calls: written, or left out as too many waited (added_up)',
      },
    });
    this.leftOut = metrics.counter({
      name: 'gatehouse_ai_contents_left_out_total',
      help: 'Contents of AI calls that were left out, as what waited was too large',
    });
  }

  /** What is wrong with what a route says of its contents. */
  faults(definition: AiContentsDefinition | undefined): FieldFault[] {
    if (!this.off || !definition?.store) return [];
    return [
      { pointer: '/ai/contents/store', detail: 'must be false while GATEHOUSE_USAGE keeps no records' },
    ];
  }

  /** What gathers the contents of a call; they are stored when it is over. */
  begun(call: Call, aiCall: AiCall, { retention, max_bytes: maxBytes }: AiContentsDefinition): CallContents {
    const gathered = new CallContents(maxBytes);
    call.atEnd(() => {
      const { contents } = gathered;
      if (contents) this.store(contents, call, aiCall, retention);
    });
    return gathered;
  }

  private store(contents: Contents, call: Call, aiCall: AiCall, retention: number): void {
    const sealed = this.box.seal(JSON.stringify(contents), call.id);
    if (this.waiting + sealed.length > MAX_WAITING) return this.leftOut.inc();
    this.waiting += sealed.length;
    const { at, operation, dialect, model } = aiCall;
    const expires = at + retention * DAY_MS;
    this.rows.add({ id: call.id, at, expires, route: call.route.name, operation, dialect, model, sealed });
  }
}
