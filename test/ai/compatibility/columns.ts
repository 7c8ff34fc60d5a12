import type { Feature } from './features.js';
import { anthropic } from './providers/anthropic.js';
import { gemini } from './providers/gemini.js';
import { openAiChat } from './providers/openai-chat.js';
import { openAiResponses } from './providers/openai-responses.js';
import type { Wire } from './providers/provider.js';

/** A provider, as an operator of the gateway configures it. */
export interface Column {
  readonly name: string;
  /** What callers say. */
  readonly model: string;
  /** What the provider calls it. */
  readonly asked: string;
  readonly type: string;
  /** Below the address of its server. */
  readonly path: string;
  readonly wire: Wire;
  /** What it cannot do: callers get 400, and the reason names a member. */
  readonly refuses?: readonly Feature[];
}

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
    name: 'Anthropic',
    model: 'm-anthropic',
    asked: 'claude-opus-4-5',
    type: 'anthropic',
    path: '',
    wire: anthropic,
  },
  {
    name: 'Gemini',
    model: 'm-gemini',
    asked: 'gemini-3-flash',
    type: 'gemini',
    path: '/v1beta',
    wire: gemini,
  },
];
