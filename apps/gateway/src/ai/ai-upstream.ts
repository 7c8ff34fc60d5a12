import { Problem } from '@gatehouse/http';
import type { Call } from '../calls/call.js';
import { HeaderList } from '../calls/header-list.js';
import { serveEnd } from '../routes/serve-end.js';
import type { AnswerHandler, Upstream, UpstreamRequest } from '../upstreams/upstream.js';
import type { AiEndDefinition } from './ai-end-definition.js';
import type { Spending } from './budgets/ai-budgets.service.js';
import type { Lookup } from './cache/route-cache.js';
import type { CallContents } from './contents/call-contents.js';
import { AiExchange } from './calls/ai-exchange.js';
import { DIALECTS } from './dialects-by-name.js';
import type { JsonObject } from '../wire/json.js';
import { AiProblem } from './errors/ai-problem.js';
import { codeOf } from './errors/problem-answer.js';
import type { FilesCall, RouteFiles } from './files/route-files.js';
import type { AiModel } from './models/ai-models.service.js';
import { describeModel, listModels } from './models/list-models.js';
import type { CallGuardrails } from './guardrails/call-guardrails.js';
import { mayCall } from './models/may-call.js';
import { callerDialect, operationOf } from './operations/caller-dialect.js';
import { type ModelOperation, type Operation, type PromptOperation } from './operations/operation.js';
import type { RoutePrompts } from './prompts/route-prompts.js';
import { AiCall } from './records/ai-call.js';
import { Asked } from './requests/asked.js';
import { generateBody } from './requests/generate-body.js';
import { withOutputBound } from './requests/output-bound.js';
import { readBody } from '../upstreams/read-body.js';

/** What goes along with each call of a model. */
export interface AiCallAccounts {
  /** It begins. */
  begun(aiCall: AiCall, call: Call): void;
  /** What looks at what is asked and answered; left out: nobody does. */
  readonly guard?: ((aiCall: AiCall, call: Call, contents?: CallContents) => CallGuardrails) | undefined;
  /** What is said in it is to be stored; left out: it is not. */
  readonly store?: ((aiCall: AiCall, call: Call) => CallContents) | undefined;
  /** Files that it names must be the caller's; left out: any may be named. @throws Problem */
  readonly demandOwnFiles?: ((spending: Spending) => Promise<void>) | undefined;
  /** What the cache has for it. @returns undefined where it has nothing to do with the cache */
  look(asked: Spending, gone: AbortSignal): Promise<Lookup | undefined>;
  /** Somebody is to be asked, or the cache has it. @returns whether it is counted in money @throws Problem where a budget does not allow it */
  reserve(spending: Spending): Promise<boolean>;
}

/** The end of an `ai` route: to the proxy it is an upstream like any other. */
export class AiUpstream implements Upstream {
  readonly name = 'ai';
  readonly readsWhole = true;

  /** @param models those that may be called, by name */
  constructor(
    private readonly definition: AiEndDefinition,
    private readonly models: ReadonlyMap<string, AiModel>,
    private readonly accounts: AiCallAccounts,
    private readonly prompts: RoutePrompts,
    private readonly files: RouteFiles | undefined,
  ) {}

  send(request: UpstreamRequest, caller: AnswerHandler): void {
    serveEnd(caller, (gone) => this.serve(request, caller, gone));
  }

  upgrade(): Promise<never> {
    return Promise.reject(new Problem(400, 'AI models are not called by WebSocket here.'));
  }

  private async serve(request: UpstreamRequest, caller: AnswerHandler, gone: AbortSignal): Promise<void> {
    const [path, query] = split(request.path);
    const operation = operationOf(request.method, path, request.call.headers);
    if (!operation) {
      const detail = `${request.method} ${path} is no operation of this API.`;
      throw new AiProblem(404, detail, 'unknown_operation');
    }
    if (operation.name === 'list_models' || operation.name === 'get_model') {
      return answer(caller, this.described(operation, request, path));
    }
    if (operation.name === 'files') {
      return this.serveFiles({ operation: operation.files, query, request, caller, gone });
    }
    const { name, dialect } = operation.name === 'prompt' ? PROMPTED : operation;
    const aiCall = new AiCall(name, dialect);
    this.accounts.begun(aiCall, request.call);
    try {
      const asked = await this.asked(operation, query, aiCall, request);
      await this.accounts.demandOwnFiles?.(asked);
      const contents = this.accounts.store?.(aiCall, request.call);
      const guardrails = this.accounts.guard?.(aiCall, request.call, contents);
      if (guardrails) return await this.guarded(asked, guardrails, caller, gone);
      contents?.takeRequest(asked.asked);
      await this.ask(asked, contents?.recording(caller) ?? caller, gone);
    } catch (error) {
      aiCall.fault ??= faultOf(error);
      request.call.fault ??= aiCall.fault;
      throw error;
    }
  }

  private async serveFiles(asked: FilesCall): Promise<void> {
    if (!this.files) throw new AiProblem(404, 'There are no files here.', 'unknown_operation');
    await this.files.serve(asked);
  }

  private async guarded(
    spending: Spending,
    guardrails: CallGuardrails,
    caller: AnswerHandler,
    gone: AbortSignal,
  ): Promise<void> {
    const asked = await guardrails.before(spending.asked);
    const all = [spending];
    await guardrails.after(asked, caller, gone, (question, handler, signal, isRepair) => {
      if (isRepair) all.push(this.again(spending));
      return this.ask({ ...all.at(-1)!, asked: question }, handler, signal);
    });
    if (all.length > 1) spending.call.tries = all.reduce((sum, { aiCall }) => sum + aiCall.tries, 0);
  }

  /** The model is asked once more for the sake of a call: that has a record and a price of its own. */
  private again({ aiCall: { operation, dialect, stream, bytesIn }, call, ...rest }: Spending): Spending {
    const aiCall = Object.assign(new AiCall(operation, dialect), { model: rest.model.name, stream, bytesIn });
    this.accounts.begun(aiCall, call);
    return { ...rest, call, aiCall, isExtra: true };
  }

  /** The cache, or a provider. @throws Problem */
  private async ask(asked: Spending, caller: AnswerHandler, gone: AbortSignal): Promise<void> {
    const found = await this.accounts.look(asked, gone);
    const countsMoney = await this.accounts.reserve(asked);
    // Whoever left while it was reserved for is not charged for it.
    if (gone.aborted) return;
    if (found?.hit) return found.hit.answer(caller);
    await this.exchange(asked, countsMoney).run(found?.recording(caller) ?? caller, gone);
  }

  /** What is asked, and of whom. @throws Problem */
  private async asked(
    operation: ModelOperation | PromptOperation,
    query: URLSearchParams,
    aiCall: AiCall,
    request: UpstreamRequest,
  ): Promise<Spending> {
    const { call } = request;
    const body = await readBody(request, this.definition.max_body);
    if (operation.name === 'prompt') return this.prompted(operation.prompt, body, aiCall, call);
    aiCall.bytesIn = body.length;
    const sent = operation.dialect === 'ollama_generate' ? generateBody(body) : body;
    const asked = new Asked(operation, DIALECTS[operation.dialect], sent, query, typeOf(request));
    aiCall.stream = asked.stream;
    const model = this.model(asked.model, call);
    aiCall.model = model.name;
    return { call, aiCall, asked: boundBy(model, asked), model };
  }

  /** @param sent what the caller says to the prompt @throws AiProblem */
  private prompted(name: string, sent: Buffer, aiCall: AiCall, call: Call): Spending {
    const { version, model, body } = this.prompts.ask(name, sent, call, this.definition.max_body);
    aiCall.prompt = { name, version };
    call.answerHeaders.set('x-gatehouse-prompt-version', version);
    aiCall.model = model.name;
    aiCall.bytesIn = body.length;
    const asked = new Asked(PROMPTED, DIALECTS[PROMPTED.dialect], body, new URLSearchParams());
    aiCall.stream = asked.stream;
    return { call, aiCall, asked: boundBy(model, asked), model };
  }

  private exchange(asked: Spending, countsMoney: boolean): AiExchange {
    const mayDrop = this.definition.on_unsupported === 'drop';
    return new AiExchange({ ...asked, mayDrop, countsMoney });
  }

  private described(
    operation: Extract<Operation, { name: 'list_models' | 'get_model' }>,
    { method, call }: UpstreamRequest,
    path: string,
  ): JsonObject {
    const dialect = callerDialect(method, path, call.headers);
    if (operation.name !== 'list_models')
      return describeModel(this.model(operation.model, call).name, dialect);
    const names = [...this.models.keys()].filter((name) => mayCall(call, name));
    return listModels(names, dialect);
  }

  /** One that exists and may not be called is told of no more than one that does not. @throws AiProblem 404 */
  private model(name: string, call: Call): AiModel {
    const model = mayCall(call, name) ? this.models.get(name) : undefined;
    if (model) return model;
    const detail = `The model ${JSON.stringify(name.slice(0, 200))} does not exist, or you may not call it.`;
    throw new AiProblem(404, detail, 'model_not_found', { pointer: '/model' });
  }
}

/** What is asked by a prompt, and how it is answered. */
const PROMPTED: ModelOperation = { name: 'chat', dialect: 'openai' };

/** A normalised path, and its query. */
function split(target: string): readonly [string, URLSearchParams] {
  const mark = target.indexOf('?');
  if (mark < 0) return [target, new URLSearchParams()];
  return [target.slice(0, mark), new URLSearchParams(target.slice(mark))];
}

function boundBy({ bound_output: isBound, assumed_output: tokens }: AiModel, asked: Asked): Asked {
  return isBound ? withOutputBound(asked, tokens) : asked;
}

function typeOf({ headers }: UpstreamRequest): string | undefined {
  return new HeaderList(headers).get('content-type');
}

function faultOf(error: unknown): string {
  return error instanceof Problem ? codeOf(error) : 'server_error';
}

function answer(caller: AnswerHandler, body: JsonObject): void {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = ['content-type', 'application/json', 'content-length', String(bytes.length)];
  caller.onHead(200, headers, () => undefined);
  caller.onData(bytes);
  caller.onEnd([]);
}
