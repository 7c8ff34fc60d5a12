import { Problem } from '@gatehouse/http';
import { AiProblem } from '../errors/ai-problem.js';
import { HeaderList } from '../../calls/header-list.js';
import type { Caller } from '../../guards/route-guard.js';
import type { Call } from '../../calls/call.js';
import { readBody } from '../../upstreams/read-body.js';
import type { AnswerHandler, UpstreamRequest } from '../../upstreams/upstream.js';
import { textOf, type JsonObject } from '../../wire/json.js';
import { BodyFault, JsonMembers } from '../requests/json-members.js';
import type { BatchCounting } from './batch-accounts.js';
import { batchUsage } from './batch-usage.js';
import { boundedBody } from './bounded-body.js';
import { type FileOperation, type Kind, OBJECT_ID, pathOf } from './file-operation.js';
import type { FilesProvider } from './files-provider.js';
import type { Kept, KeptObjects, Shelf } from './kept-objects.service.js';
import { ownerOf } from './owner.js';
import { pageOf } from './page.js';

/** Of one owner. */
const MOST: Readonly<Record<Kind, number>> = { file: 10_000, batch: 10_000 };
const MAX_BATCH = 65_536;
/** Of the batches of one owner that are open, asked for before another one is begun. */
const MAX_ASKED = 10;

interface RouteFilesOptions {
  readonly batches: boolean;
  readonly maxBody: number;
}

/** A call for files or batches. */
export interface FilesCall {
  readonly operation: FileOperation;
  readonly query: URLSearchParams;
  readonly request: UpstreamRequest;
  readonly caller: AnswerHandler;
  readonly gone: AbortSignal;
}

/** Files and batches of a route: at one provider, and each of them for whoever made it. */
export class RouteFiles {
  constructor(
    private readonly provider: FilesProvider,
    private readonly objects: KeptObjects,
    private readonly batches: BatchCounting,
    private readonly options: RouteFilesOptions,
  ) {}

  /** @throws Problem */
  async serve(asked: FilesCall): Promise<void> {
    const { operation, request, caller } = asked;
    this.demandAllowed(operation.kind, request.call);
    const shelf = { provider: this.provider.name, owner: ownerOf(request.call), kind: operation.kind };
    if (!('id' in operation)) {
      return operation.action === 'list' ? this.list(asked, shelf) : this.create(asked, shelf);
    }
    const kept = await this.objects.find(shelf, operation.id);
    if (!kept) throw unknown(operation.kind);
    const key = this.provider.key(kept.key);
    const wanted = { method: METHODS[operation.action], path: pathOf(operation), key };
    if (operation.action === 'content') return this.provider.pass(wanted, request.call, asked.gone, caller);
    const { bytes, object } = await this.provider.ask(wanted, request.call, asked.gone);
    if (operation.action === 'delete') {
      if (object.deleted === true) await this.objects.forget(shelf, kept.id);
    } else {
      await this.heard(shelf, { ...kept, object }, request.call);
    }
    answer(caller, bytes);
  }

  /** Nobody need ask for a batch again: it is asked for before the next one is begun. @throws AiProblem */
  private async demandRest({ request: { call }, gone }: FilesCall, shelf: Shelf): Promise<void> {
    const open = await this.objects.open(shelf, MAX_ASKED);
    await Promise.all(open.map((kept) => this.look(shelf, kept, call, gone)));
    await this.batches.demandRest(call);
  }

  private async look(shelf: Shelf, kept: Kept, call: Call, gone: AbortSignal): Promise<void> {
    try {
      const path = pathOf({ kind: 'batch', action: 'get', id: kept.id });
      const wanted = { method: 'GET', path, key: this.provider.key(kept.key) } as const;
      const { object } = await this.provider.ask(wanted, call, gone);
      await this.heard(shelf, { ...kept, object }, call);
    } catch (error) {
      // Of one that cannot be asked for now it is heard another time.
      if (!(error instanceof Problem)) throw error;
    }
  }

  private async create(asked: FilesCall, shelf: Shelf): Promise<void> {
    const { operation, request, gone, caller } = asked;
    if (operation.kind === 'batch') await this.demandRest(asked, shelf);
    if ((await this.objects.count(shelf)) >= MOST[operation.kind]) {
      throw new AiProblem(400, `There are ${MOST[operation.kind]} already: delete some.`, 'too_many_objects');
    }
    const made = operation.kind === 'file' ? this.upload(request) : await this.batch(request, shelf);
    const { bytes, object } = await this.provider.ask(
      { method: 'POST', path: pathOf(operation), ...made },
      request.call,
      gone,
    );
    const id = textOf(object.id);
    if (id === undefined || !OBJECT_ID.test(id))
      throw new AiProblem(502, 'The provider named nothing.', 'upstream_failed');
    // Before anybody knows of it: what is not recorded is nobody's.
    await this.keep(shelf, { id, key: made.key.name, object }, request.call.caller);
    answer(caller, bytes);
  }

  private upload(request: UpstreamRequest) {
    const contentType = new HeaderList(request.headers).get('content-type');
    return { key: this.provider.freeKey(), contentType, body: boundedBody(request, this.options.maxBody) };
  }

  /** Of a file of the same caller. */
  private async batch(request: UpstreamRequest, shelf: Shelf) {
    const body = await readBody(request, MAX_BATCH);
    const file = await this.objects.find({ ...shelf, kind: 'file' }, inputOf(body));
    if (!file)
      throw new AiProblem(404, '/input_file_id: there is no such file', 'not_found', {
        pointer: '/input_file_id',
      });
    return { key: this.provider.key(file.key), contentType: 'application/json', body };
  }

  private async heard(shelf: Shelf, kept: Kept, call: Call): Promise<void> {
    await this.keep(shelf, kept);
    await this.count(shelf, kept, call);
  }

  /** A batch makes files, which are whose it is. */
  private async keep(shelf: Shelf, kept: Kept, maker?: Caller): Promise<void> {
    await this.objects.keep(shelf, kept, shelf.kind === 'batch' ? maker : undefined);
    if (shelf.kind === 'file') return;
    for (const member of ['output_file_id', 'error_file_id']) {
      const id = textOf(kept.object[member]);
      if (id === undefined || !OBJECT_ID.test(id)) continue;
      const object = { id, object: 'file', purpose: 'batch_output' };
      const file = { ...shelf, kind: 'file' } as const;
      if (!(await this.objects.find(file, id))) await this.objects.keep(file, { id, key: kept.key, object });
    }
  }

  /** What a batch has used is known when it is over: it is counted by whoever hears of that first, and once. */
  private async count(shelf: Shelf, { id, key, object }: Kept, call: Call): Promise<void> {
    const used = shelf.kind === 'batch' ? batchUsage(object) : undefined;
    if (!used) return;
    const maker = await this.objects.claim(shelf, id);
    if (maker) await this.batches.count(used, call, maker, key);
  }

  private async list({ query, caller, operation }: FilesCall, shelf: Shelf): Promise<void> {
    const page = pageOf(query, operation.kind);
    const found = await this.objects.list(shelf, page);
    const data = found.slice(0, page.limit);
    const ends = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
    const body: JsonObject = { object: 'list', data, has_more: found.length > page.limit, ...ends };
    answer(caller, Buffer.from(JSON.stringify(body)));
  }

  /** What is in a batch names models of the provider: nobody looks whether they may be called. @throws AiProblem 403 */
  private demandAllowed(kind: Kind, { caller }: Call): void {
    if (kind === 'file' || (this.options.batches && caller.models === undefined)) return;
    const detail = this.options.batches
      ? 'This key is for some models alone, and a batch may name any.'
      : 'Batches are not allowed here.';
    throw new AiProblem(403, detail, 'permission_denied');
  }
}

const METHODS = { get: 'GET', content: 'GET', delete: 'DELETE', cancel: 'POST' } as const;

/** @throws AiProblem 400 */
function inputOf(body: Buffer): string {
  try {
    const members = new JsonMembers(body);
    members.demandSpelling('input_file_id');
    const id = members.value('input_file_id');
    if (typeof id === 'string') return id;
    throw new BodyFault('/input_file_id must be a string', '/input_file_id');
  } catch (error) {
    if (!(error instanceof BodyFault)) throw error;
    throw new AiProblem(400, error.message, 'invalid_request', { pointer: error.pointer });
  }
}

/** What is somebody else's is told as what is not there. */
function unknown(kind: Kind): AiProblem {
  return new AiProblem(404, `There is no such ${kind}.`, 'not_found');
}

function answer(caller: AnswerHandler, bytes: Buffer): void {
  const headers = ['content-type', 'application/json', 'content-length', String(bytes.length)];
  caller.onHead(200, headers, () => undefined);
  caller.onData(bytes);
  caller.onEnd([]);
}
