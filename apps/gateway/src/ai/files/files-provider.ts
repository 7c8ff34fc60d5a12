import type { Readable } from 'node:stream';
import type { Call } from '../../calls/call.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';
import { parseObject, type JsonObject } from '../../wire/json.js';
import { problemOf } from '../calls/ai-exchange.js';
import { authorized, failureOfCredential } from '../calls/authorized.js';
import { failureOfAnswer } from '../calls/error-answer.js';
import { NO_KEY, UNREACHABLE, UNREADABLE } from '../calls/failure.js';
import { openAiChat } from '../dialects/openai-chat/openai-chat.dialect.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { Provider } from '../providers/ai-providers.service.js';
import type { ProviderKey } from '../providers/provider-key.js';
import { ProviderAnswer, type WholeAnswer } from './provider-answer.js';

/** A request for the provider that has files. */
export interface FilesRequest {
  readonly method: 'POST' | 'GET' | 'DELETE';
  /** As OpenAI has it. */
  readonly path: string;
  readonly contentType?: string | undefined;
  /** What comes as a stream can be sent once. */
  readonly body?: Buffer | Readable | undefined;
  readonly key: ProviderKey;
}

/** Asks a provider for files and batches, with one key: no other has its files. */
export class FilesProvider {
  constructor(private readonly provider: Provider) {}

  get name(): string {
    return this.provider.name;
  }

  /** For something new. @throws AiProblem 502 */
  freeKey(): ProviderKey {
    const key = this.provider.keys.take(Date.now());
    if (!key) throw problemOf(NO_KEY);
    return key;
  }

  /** The one by whose account something is there. @throws AiProblem 502 where it was taken out */
  key(name: string | undefined): ProviderKey {
    const key = this.provider.keys.named(name);
    if (!key) throw problemOf(NO_KEY);
    return key;
  }

  /** @throws AiProblem */
  async ask(
    request: FilesRequest,
    call: Call,
    gone: AbortSignal,
  ): Promise<{ bytes: Buffer; object: JsonObject }> {
    const { body } = await this.send(request, call, gone);
    const object = parseObject(body.toString());
    if (!object) throw problemOf(UNREADABLE);
    return { bytes: body, object };
  }

  /** The caller gets the answer as it comes. @throws AiProblem where it is none of success */
  async pass(request: FilesRequest, call: Call, gone: AbortSignal, caller: AnswerHandler): Promise<void> {
    await this.send(request, call, gone, caller);
  }

  private async send(
    request: FilesRequest,
    call: Call,
    gone: AbortSignal,
    caller?: AnswerHandler,
  ): Promise<WholeAnswer> {
    const { upstream, timeouts, type, settings } = this.provider;
    const { method, body = null, key } = request;
    const path = type.filesPathOf!(request.path, settings);
    const headers = await this.headersOf(request, path);
    const answer = new ProviderAnswer(caller, gone, timeouts);
    upstream.send({ call, method, path, headers, body }, answer);
    const whole = await answer.whole.catch((error: unknown) => {
      throw error instanceof AiProblem ? error : problemOf(UNREACHABLE);
    });
    if (whole.status === 200) key.worked();
    else this.refuse(whole, key);
    return whole;
  }

  private async headersOf({ method, contentType, body, key }: FilesRequest, path: string): Promise<string[]> {
    const { type, settings, headers } = this.provider;
    const request = {
      operation: 'files',
      dialect: 'openai',
      model: '',
      stream: false,
      settings,
      query: new URLSearchParams(),
      headers: {},
    } as const;
    const fields: Record<string, string> = {
      accept: '*/*',
      'accept-encoding': 'identity',
      'user-agent': 'gatehouse',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...headers,
      ...type.headersOf(key.secret, request),
    };
    const bytes = Buffer.isBuffer(body) ? body : undefined;
    const unsigned = { request, method, path, body: bytes };
    const more = authorized(fields, unsigned, this.provider, key);
    try {
      return Object.entries({ ...fields, ...(await more) }).flat();
    } catch (error) {
      throw problemOf(failureOfCredential(error));
    }
  }

  /** @throws AiProblem */
  private refuse({ status, headers, body }: WholeAnswer, key: ProviderKey): never {
    if (status === 404) throw new AiProblem(404, 'The provider has it no more.', 'not_found');
    const speaker = { type: this.provider.type, dialect: openAiChat, isUnderstood: true, secret: key.secret };
    const failure = failureOfAnswer({ status, headers, body: body.toString() }, speaker);
    if (failure.blame === 'key') key.refused(Date.now());
    throw problemOf(failure);
  }
}
