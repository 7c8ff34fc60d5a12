import type { AiTarget } from '../models/ai-target.js';
import { type ProviderDialect, type ProviderDialectName } from '../dialects/dialect.js';
import { PROVIDER_DIALECTS } from '../dialects-by-name.js';
import type { JsonObject } from '../../wire/json.js';
import { SHARED_EMBEDDINGS } from '../embeddings/by-dialect.js';
import type { ProviderEmbeddings } from '../embeddings/embeddings.js';
import { AiProblem } from '../errors/ai-problem.js';
import type { AiProviderType, ProviderRequest } from '../providers/ai-provider.js';
import { type Asked, refusal } from './asked.js';
import { FormMembers } from './form-members.js';
import { withModel } from './gemini-models.js';

/** What a target gets of a request. */
export interface Outgoing {
  readonly request: ProviderRequest;
  readonly path: string;
  readonly body: Buffer;
  /** What the target speaks. */
  readonly dialect: ProviderDialect;
  /** Whether it is another dialect than the caller's. */
  readonly isConverted: boolean;
  /** How it is asked for vectors, where that is otherwise than the caller does. */
  readonly embeddings?: ProviderEmbeddings;
  /** Whether its stream has an event with the usage for which the caller did not ask. */
  readonly hidesUsage: boolean;
  /** What goes missing on the way, as JSON pointers into the caller's body: what was asked for, and what was a hint. */
  readonly dropped: readonly string[];
  readonly ignored: readonly string[];
}

type Way = Pick<Outgoing, 'request' | 'path' | 'dialect' | 'isConverted' | 'embeddings'>;

/**
 * Writes the request as a target wants it: the caller's own bytes where they speak the same dialect.
 * @param headers the caller's header fields
 * @throws AiProblem when it cannot be said to this target
 */
export function writeOutgoing(
  asked: Asked,
  target: AiTarget,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Outgoing {
  const way = wayTo(asked, target, headers);
  try {
    if (!way.isConverted) {
      const hidesUsage = needsUsageAsked(asked, target.provider.type);
      return { ...way, body: sameBody(asked, target, way.request), hidesUsage, dropped: [], ignored: [] };
    }
    if (way.embeddings)
      return { ...way, ...embeddingsBody(asked, target, way), hidesUsage: false, ignored: [] };
    const written = way.dialect.writeRequest({ ...asked.chat, model: target.model });
    const body = Buffer.from(JSON.stringify(adapted(written.body, target.provider.type, way.request)));
    const { ignored } = written;
    const dropped = [...written.dropped, ...(target.provider.type.passesOver?.(asked.chat) ?? [])];
    return { ...way, body, hidesUsage: false, dropped, ignored };
  } catch (error) {
    throw refusal(error);
  }
}

function wayTo(asked: Asked, { provider, model }: AiTarget, headers: Headers): Way {
  const { operation, dialect: own, stream } = asked;
  const { type, settings } = provider;
  for (const name of dialectsFor(asked, type)) {
    const isConverted = name !== own.name;
    const request: ProviderRequest = {
      operation: operation.name,
      dialect: name,
      model,
      stream,
      settings,
      query: isConverted ? NO_QUERY : asked.query,
      headers: isConverted ? {} : forwarded(headers, type.forwarded ?? []),
    };
    const path = type.pathOf(request);
    if (path !== undefined) return { request, path, dialect: PROVIDER_DIALECTS[name], isConverted };
  }
  const vectors = asked.embeddings && embeddingsWay({ provider, model });
  if (vectors) return vectors;
  const what =
    operation.name === 'chat' ? 'that' : `${operation.name.replaceAll('_', ' ')} as ${own.name} has it`;
  throw new AiProblem(400, `The provider of this model does not offer ${what}.`, 'unsupported_operation');
}

/** How a provider is asked for vectors that does not have the caller's API for them: by its own, or another vendor's. */
function embeddingsWay({ provider, model }: Pick<AiTarget, 'provider' | 'model'>): Way | undefined {
  const { type, settings } = provider;
  const plain = { model, stream: false, settings, query: NO_QUERY, headers: {} };
  const own: ProviderRequest = { ...plain, operation: 'embeddings', dialect: type.dialects[0] };
  const endpoint = type.embeddingsOf?.(own);
  if (endpoint) return converted(own, endpoint.path, endpoint);
  for (const { dialect, operation, embeddings } of SHARED_EMBEDDINGS) {
    const request: ProviderRequest = { ...plain, operation, dialect };
    const path = type.pathOf(request);
    if (path !== undefined) return converted(request, path, embeddings);
  }
  return undefined;
}

function converted(request: ProviderRequest, path: string, embeddings: ProviderEmbeddings): Way {
  return { request, path, dialect: PROVIDER_DIALECTS[request.dialect], isConverted: true, embeddings };
}

function embeddingsBody(asked: Asked, { provider: { type }, model }: AiTarget, { request, embeddings }: Way) {
  const { body, dropped } = embeddings!.write(asked.embeddings!, model);
  return { body: Buffer.from(JSON.stringify(adapted(body, type, request))), dropped };
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const NO_QUERY = new URLSearchParams();

/** The caller's own first; nothing but chat is converted by dialects. */
function dialectsFor(
  { operation, dialect }: Asked,
  { dialects }: AiProviderType,
): readonly ProviderDialectName[] {
  const own = isOfProviders(dialect.name) ? [dialect.name] : [];
  if (operation.name !== 'chat') return own;
  return [...own.filter((name) => dialects.includes(name)), ...dialects.filter((name) => name !== own[0])];
}

function isOfProviders(name: string): name is ProviderDialectName {
  return Object.hasOwn(PROVIDER_DIALECTS, name);
}

/** Those of a caller's header fields that have these names. */
export function forwarded(headers: Headers, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) found[name] = [value].flat().join(', ');
  }
  return found;
}

function sameBody(asked: Asked, { provider: { type }, model }: AiTarget, request: ProviderRequest): Buffer {
  const { operation, members } = asked;
  if (operation.dialect === 'gemini') {
    return operation.name === 'chat' ? members.bytes : withModel(asked.json, model);
  }
  if (members instanceof FormMembers) return members.with('model', model);
  const other = type.inPlaceOfModel?.(request);
  const edits = asked.edits();
  if (other) edits.replace('model', other.name, other.value);
  else edits.set('model', model);
  for (const [from, to] of Object.entries(type.renamed ?? {})) edits.rename(from, to);
  if (needsUsageAsked(asked, type)) {
    edits.set('stream_options', { ...asked.streamOptions, include_usage: true });
  }
  return edits.apply();
}

/** What a call cost is to be known, whether the caller asks for it or not. */
function needsUsageAsked(
  { operation, stream, wantsUsage }: Asked,
  { asksForUsage }: AiProviderType,
): boolean {
  const canBeAsked = operation.name === 'chat' || operation.name === 'completions';
  return canBeAsked && operation.dialect === 'openai' && stream && !wantsUsage && asksForUsage === true;
}

/** What a provider has otherwise than the dialect that it speaks. */
function adapted(body: JsonObject, type: AiProviderType, request: ProviderRequest): JsonObject {
  const names: Readonly<Record<string, string>> = { ...type.renamedInConversion, ...type.renamed };
  const members = Object.entries(body).filter(
    ([name]) => name !== 'stream_options' || type.asksForUsage === true,
  );
  const renamed = Object.fromEntries(members.map(([name, value]) => [names[name] ?? name, value]));
  const other = type.inPlaceOfModel?.(request);
  return other ? { ...renamed, model: undefined, [other.name]: other.value } : renamed;
}
