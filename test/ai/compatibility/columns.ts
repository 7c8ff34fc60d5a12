import { generateKeyPairSync } from 'node:crypto';
import type { Feature } from './features.js';
import { anthropic } from './providers/anthropic.js';
import { bedrock } from './providers/bedrock.js';
import { cohere } from './providers/cohere.js';
import { gemini } from './providers/gemini.js';
import { mistral } from './providers/mistral.js';
import { ollama } from './providers/ollama.js';
import { openAiChat } from './providers/openai-chat.js';
import { openAiResponses } from './providers/openai-responses.js';
import type { Wire } from './providers/provider.js';

/** A provider, as an operator of the gateway configures it. */
export interface Column {
  readonly name: string;
  /** What callers say, and how the provider is named. */
  readonly model: string;
  /** What the provider calls it. */
  readonly asked: string;
  readonly type: string;
  readonly settings?: object;
  /** What the API has below the address of its server. */
  readonly path: string;
  /** A key that is unlike those of other numbers. Left out: any text. @param tokens where access tokens are got for it */
  readonly keyOf?: (number: number, tokens: string) => string;
  readonly wire: Wire;
  /** Another one for callers of one dialect. */
  readonly wireFor?: Readonly<Record<string, Wire>>;
  /** What it cannot do: callers get 400, which names the member. */
  readonly refuses?: readonly Feature[];
  /** What cannot be seen of it; and the same for callers of one dialect. */
  readonly lacks?: readonly Feature[];
  readonly lacksFor?: Readonly<Record<string, readonly Feature[]>>;
}

const NOT_BY_OLLAMA = ['tool choice', 'image by https', 'PDF as base64'] as const;

export const COLUMNS: readonly Column[] = [
  {
    name: 'OpenAI chat',
    model: 'm-chat',
    asked: 'gpt-5-mini',
    type: 'chat_only',
    path: '/v1',
    wire: openAiChat,
  },
  {
    name: 'OpenAI responses',
    model: 'm-responses',
    asked: 'gpt-5-mini',
    type: 'responses_only',
    path: '/v1',
    wire: openAiResponses,
    refuses: ['stop sequences'],
  },
  {
    name: 'Azure OpenAI',
    model: 'm-azure',
    asked: 'our-deployment',
    type: 'azure_openai',
    path: '',
    wire: openAiChat,
    wireFor: { 'OpenAI responses': openAiResponses },
  },
  {
    name: 'Anthropic',
    model: 'm-anthropic',
    asked: 'claude-opus-4-5',
    type: 'anthropic',
    path: '',
    wire: anthropic,
  },
  {
    name: 'Bedrock',
    model: 'm-bedrock',
    asked: 'anthropic.claude-opus-4-5-20251101-v1:0',
    type: 'bedrock',
    settings: { region: 'eu-central-1' },
    keyOf: (number) => `AKIAIOSFODNN7EXAMPLE:secretAccessKey${number}`,
    path: '',
    wire: bedrock,
    refuses: ['image by https'],
  },
  {
    name: 'Gemini',
    model: 'm-gemini',
    asked: 'gemini-3-flash',
    type: 'gemini',
    path: '/v1beta',
    wire: gemini,
  },
  {
    name: 'Vertex',
    model: 'm-vertex',
    asked: 'gemini-3-flash',
    type: 'vertex',
    settings: { project: 'our-project', location: 'europe-west4' },
    keyOf: serviceAccount,
    path: '',
    wire: gemini,
  },
  {
    name: 'Mistral',
    model: 'm-mistral',
    asked: 'magistral-medium-latest',
    type: 'mistral',
    path: '/v1',
    wire: mistral,
    // It has no reason of an end by which it would tell it.
    lacks: ['stop by content filter'],
  },
  {
    name: 'Cohere',
    model: 'm-cohere',
    asked: 'command-a-reasoning-08-2025',
    type: 'cohere',
    path: '',
    wire: cohere,
    refuses: ['PDF as base64'],
  },
  {
    name: 'Ollama',
    model: 'm-ollama',
    asked: 'qwen3:8b',
    type: 'ollama',
    path: '/v1',
    wire: ollama,
    refuses: NOT_BY_OLLAMA,
    // What goes on as it is, Ollama itself passes over.
    lacksFor: { 'OpenAI chat': NOT_BY_OLLAMA },
  },
];

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });

/** What Google gives out for a service account. */
function serviceAccount(number: number, tokens: string): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: 'our-project',
    private_key_id: `key-${number}`,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: `gateway-${number}@our-project.iam.gserviceaccount.com`,
    token_uri: `${tokens}/token`,
  });
}
