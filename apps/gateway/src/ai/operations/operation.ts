import type { CallerDialectName } from '../dialects/dialect.js';
import { type FileOperation, fileOperationAt } from '../files/file-operation.js';

/** What callers can have done by a model. */
export type OperationName =
  | 'chat'
  | 'count_tokens'
  | 'embeddings'
  | 'batch_embeddings'
  | 'completions'
  | 'moderations'
  | 'images'
  | 'image_edits'
  | 'image_variations'
  | 'speech'
  | 'transcriptions'
  | 'translations';

/** What a call asks for, as far as its method and path say it. */
export type Operation =
  | {
      readonly name: OperationName;
      readonly dialect: CallerDialectName;
      /** Where the path says it: Gemini's does. */
      readonly model?: string;
      readonly stream?: boolean;
    }
  | { readonly name: 'prompt'; readonly prompt: string }
  | { readonly name: 'files'; readonly files: FileOperation }
  | { readonly name: 'list_models' }
  | { readonly name: 'get_model'; readonly model: string };

export type ModelOperation = Extract<Operation, { name: OperationName }>;
export type PromptOperation = Extract<Operation, { name: 'prompt' }>;

/** SDKs put it there, or their base URL does; all versions are one here. */
const VERSION = /^\/(?:v1|v1beta|v1alpha)(?=\/)/;

const POSTED: Readonly<Record<string, Operation>> = {
  '/chat/completions': { name: 'chat', dialect: 'openai' },
  '/responses': { name: 'chat', dialect: 'openai_responses' },
  '/messages': { name: 'chat', dialect: 'anthropic' },
  '/messages/count_tokens': { name: 'count_tokens', dialect: 'anthropic' },
  '/embeddings': { name: 'embeddings', dialect: 'openai' },
  '/completions': { name: 'completions', dialect: 'openai' },
  '/moderations': { name: 'moderations', dialect: 'openai' },
  '/images/generations': { name: 'images', dialect: 'openai' },
  '/images/edits': { name: 'image_edits', dialect: 'openai' },
  '/images/variations': { name: 'image_variations', dialect: 'openai' },
  '/audio/speech': { name: 'speech', dialect: 'openai' },
  '/audio/transcriptions': { name: 'transcriptions', dialect: 'openai' },
  '/audio/translations': { name: 'translations', dialect: 'openai' },
  '/api/chat': { name: 'chat', dialect: 'ollama' },
  '/api/generate': { name: 'chat', dialect: 'ollama_generate' },
  '/api/embed': { name: 'embeddings', dialect: 'ollama' },
};

export const OLLAMA_MODELS = '/api/tags';
const OF_A_MODEL = '/models/';
const PROMPT = /^\/prompts\/([a-z0-9_-]+)$/;

const VERBS: Readonly<Record<string, { readonly name: OperationName; readonly stream?: boolean }>> = {
  generateContent: { name: 'chat', stream: false },
  streamGenerateContent: { name: 'chat', stream: true },
  countTokens: { name: 'count_tokens' },
  embedContent: { name: 'embeddings' },
  batchEmbedContents: { name: 'batch_embeddings' },
};

/** @param path below what the route matched, normalised */
export function operationAt(method: string, path: string): Operation | undefined {
  const below = path.replace(VERSION, '');
  if (method === 'POST' && Object.hasOwn(POSTED, below)) return POSTED[below];
  const files = fileOperationAt(method, below);
  if (files) return { name: 'files', files };
  if (method === 'POST') return ofAModel(below) ?? ofAPrompt(below);
  if (method !== 'GET') return undefined;
  if (below === '/models' || below === OLLAMA_MODELS) return { name: 'list_models' };
  return below.startsWith(OF_A_MODEL)
    ? { name: 'get_model', model: decoded(below.slice(OF_A_MODEL.length)) }
    : undefined;
}

/** Names of models have colons, too: the last one is the verb's. */
function ofAModel(path: string): Operation | undefined {
  const colon = path.lastIndexOf(':');
  if (!path.startsWith(OF_A_MODEL) || colon <= OF_A_MODEL.length) return undefined;
  const verb = path.slice(colon + 1);
  if (!Object.hasOwn(VERBS, verb)) return undefined;
  return { ...VERBS[verb]!, dialect: 'gemini', model: decoded(path.slice(OF_A_MODEL.length, colon)) };
}

function ofAPrompt(path: string): Operation | undefined {
  const [, prompt] = PROMPT.exec(path) ?? [];
  return prompt === undefined ? undefined : { name: 'prompt', prompt };
}

/** The path was found to be UTF-8 when it was normalised. */
function decoded(segment: string): string {
  return decodeURIComponent(segment);
}
