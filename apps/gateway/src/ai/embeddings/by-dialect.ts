import type { DialectName } from '../dialects/dialect.js';
import type { ModelOperation, OperationName } from '../operations/operation.js';
import type { CallerEmbeddings, ProviderEmbeddings } from './embeddings.js';
import { geminiBatchCaller, geminiCaller } from './gemini-caller.embeddings.js';
import { geminiProvider } from './gemini-provider.embeddings.js';
import { ollamaCaller } from './ollama-caller.embeddings.js';
import { openAiCaller } from './openai-caller.embeddings.js';
import { openAiProvider } from './openai-provider.embeddings.js';

/** How a caller asks for vectors; undefined: it does not. */
export function callerEmbeddings({ name, dialect }: ModelOperation): CallerEmbeddings | undefined {
  if (name === 'batch_embeddings') return geminiBatchCaller;
  if (name !== 'embeddings') return undefined;
  return CALLERS[dialect];
}

const CALLERS: Readonly<Record<string, CallerEmbeddings>> = {
  openai: openAiCaller,
  gemini: geminiCaller,
  ollama: ollamaCaller,
};

interface SharedEmbeddings {
  readonly dialect: DialectName;
  readonly operation: OperationName;
  readonly embeddings: ProviderEmbeddings;
}

/** What providers are asked by that have it of a vendor: the operation, as they name its path. */
export const SHARED_EMBEDDINGS = [
  { dialect: 'openai', operation: 'embeddings', embeddings: openAiProvider },
  { dialect: 'gemini', operation: 'batch_embeddings', embeddings: geminiProvider },
] as const satisfies readonly SharedEmbeddings[];
