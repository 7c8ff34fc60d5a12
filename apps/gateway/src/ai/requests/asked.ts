import type { ChatRequest } from '../dialects/chat.js';
import { type CallerDialect, DialectError } from '../dialects/dialect.js';
import { isObject, type JsonObject } from '../../wire/json.js';
import { callerEmbeddings } from '../embeddings/by-dialect.js';
import type { EmbeddingsRequest } from '../embeddings/embeddings.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { ModelOperation, OperationName } from '../operations/operation.js';
import { MemberEdits } from './edit-members.js';
import { FormMembers } from './form-members.js';
import { BodyFault, JsonMembers } from './json-members.js';

/** What bounds the cost of a call; a provider that does not mind case must not read another one. */
const BOUNDS = [
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n_predict',
  'n',
  'best_of',
  'service_tier',
  'speed',
  'inference_geo',
];

/** By which some providers are told of models to take instead (Anthropic, OpenRouter): nobody has allowed those. */
const OTHER_MODELS = ['fallbacks', 'models'];

/** What is streamed where a caller wants it so. */
const STREAMED: ReadonlySet<OperationName> = new Set([
  'chat',
  'completions',
  'images',
  'image_edits',
  'transcriptions',
]);

/** What comes as a form, with files. */
const FORMS: ReadonlySet<OperationName> = new Set([
  'image_edits',
  'image_variations',
  'transcriptions',
  'translations',
]);

const JSON_TYPE = 'application/json';

/** What a caller asks of a model, read as far as need be. */
export class Asked {
  readonly members: JsonMembers | FormMembers;
  /** Of the body, as a provider is to be told it. */
  readonly contentType: string;
  /** As the caller names it. */
  readonly model: string;
  readonly stream: boolean;
  /** Whether a stream of OpenAI's is to end with its usage. */
  readonly wantsUsage: boolean;
  private object: JsonObject | undefined;
  private chatRequest: ChatRequest | undefined;
  private embeddingsRequest: EmbeddingsRequest | undefined;

  /** @throws AiProblem 400 */
  constructor(
    readonly operation: ModelOperation,
    readonly dialect: CallerDialect,
    body: Buffer,
    readonly query: URLSearchParams,
    contentType = JSON_TYPE,
  ) {
    try {
      const isForm = FORMS.has(operation.name) && !/^application\/json\b/i.test(contentType);
      this.members = isForm ? new FormMembers(body, contentType) : new JsonMembers(body);
      this.contentType = isForm ? contentType : JSON_TYPE;
      this.members.demandSpelling('model', 'stream', 'stream_options', ...BOUNDS, ...OTHER_MODELS);
      this.model = operation.model ?? this.textOf('model');
      // Ollama streams unless it is told not to.
      this.stream =
        operation.stream ??
        this.flagOf('stream', operation.name === 'chat' && operation.dialect.startsWith('ollama'));
      this.demandKnownEnd();
      this.demandOneModel();
      this.wantsUsage = this.streamOptions.include_usage === true;
      if (operation.dialect === 'gemini' && this.stream) this.demandEvents();
    } catch (error) {
      throw refusal(error);
    }
  }

  /** Edits of a body of JSON. @throws AiProblem 400 where it is a form */
  edits(): MemberEdits {
    if (this.members instanceof FormMembers) throw refusal(new BodyFault('The body is no JSON'));
    return new MemberEdits(this.members);
  }

  get streamOptions(): JsonObject {
    const options = this.members.value('stream_options');
    return isObject(options) ? options : {};
  }

  /** What a member of the body holds. @throws AiProblem 400 */
  member(name: string): unknown {
    try {
      return this.members.value(name);
    } catch (error) {
      throw refusal(error);
    }
  }

  /** The body as a whole. @throws AiProblem 400 */
  get json(): JsonObject {
    try {
      return (this.object ??= JSON.parse(this.members.bytes.toString()) as JsonObject);
    } catch {
      throw refusal(new BodyFault('The body is no JSON'));
    }
  }

  /** What is asked, in no dialect. @throws AiProblem 400 */
  get chat(): ChatRequest {
    const { json, model, stream } = this;
    try {
      return (this.chatRequest ??= this.dialect.readRequest(json, { model, stream }));
    } catch (error) {
      throw refusal(error);
    }
  }

  /** Which vectors are asked for, in no dialect; undefined: none are. @throws AiProblem 400 */
  get embeddings(): EmbeddingsRequest | undefined {
    const { json, operation } = this;
    try {
      return (this.embeddingsRequest ??= callerEmbeddings(operation)?.read(json));
    } catch (error) {
      throw refusal(error);
    }
  }

  /** What is asked now is answered now, where the answer tells what it used. */
  private demandKnownEnd(): void {
    if (this.stream && !STREAMED.has(this.operation.name))
      throw new BodyFault('/stream: this is not streamed', '/stream');
    if (this.members.value('background') === true) {
      throw new BodyFault('/background: answers are not kept for later here', '/background');
    }
  }

  private demandOneModel(): void {
    for (const name of OTHER_MODELS) {
      if (this.members.has(name))
        throw new BodyFault(`/${name}: models to take instead are the gateway's to choose`, `/${name}`);
    }
  }

  private textOf(name: string): string {
    const value = this.members.value(name);
    if (typeof value === 'string' && value !== '') return value;
    const must = value === undefined ? 'is missing: it must be' : 'must be';
    throw new BodyFault(`/${name} ${must} a string`, `/${name}`);
  }

  private flagOf(name: string, unsaid: boolean): boolean {
    const value = this.members.value(name) ?? unsaid;
    if (typeof value === 'boolean') return value;
    throw new BodyFault(`/${name} must be true or false`, `/${name}`);
  }

  /** Without it, Gemini streams one long list, which no SDK asks for. */
  private demandEvents(): void {
    if (this.query.get('alt') !== 'sse')
      throw new BodyFault('Streams are served with the query alt=sse only');
  }
}

/** What the caller is told of a request that cannot be read, or not be said. */
export function refusal(error: unknown): unknown {
  if (error instanceof DialectError) {
    return new AiProblem(400, error.message, error.code, { pointer: error.pointer });
  }
  if (!(error instanceof BodyFault)) return error;
  return new AiProblem(400, error.message, 'invalid_request', { pointer: error.pointer });
}
