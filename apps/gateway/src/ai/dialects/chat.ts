import type { ServedTiers } from '../prices/served-tiers.js';
import type { DialectName } from './dialect.js';
import type { JsonObject } from '../../wire/json.js';

/**
 * What a chat request means, whichever dialect it was written in: the one form that all dialects are read into and written
 * from. What is undefined was not said: a 0 is not the same.
 */
export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  /** System and developer messages, in their order. */
  readonly instructions: readonly TextPart[];
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolDefinition[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  /** How many answers are wanted. */
  readonly candidates?: number;
  readonly outputFormat?: OutputFormat;
  readonly reasoning?: Reasoning;
  /** How many of the likeliest tokens are told beside each. */
  readonly topLogprobs?: number;
  /** Who asks, for the provider's own watch against abuse. */
  readonly user?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether a streaming caller asked for usage where its dialect has it on request only. */
  readonly wantsUsage?: boolean;
  /** Members that only the dialect of the caller has: JSON pointers. Converted, they are refused or dropped. */
  readonly unconverted: readonly string[];
  /** Of these, such as point at what is not in the request (an earlier conversation): without them it is another. */
  readonly indispensable?: readonly string[];
  /** Where the caller's dialect says the members of this request: JSON pointers, for those that are told of one. */
  readonly pointers?: Readonly<Partial<Record<keyof ChatRequest, string>>>;
}

export type ChatMessage =
  /** Instructions that come later than the conversation's begin. */
  | { readonly role: 'system'; readonly parts: readonly TextPart[] }
  | { readonly role: 'user'; readonly parts: readonly UserPart[] }
  | { readonly role: 'assistant'; readonly parts: readonly AssistantPart[] }
  /** Results of the calls of one turn, together. */
  | { readonly role: 'tool'; readonly parts: readonly ToolResultPart[] };

/** What the caller said in one place. */
export interface Said {
  /** Where: a JSON pointer into the caller's body. */
  readonly at?: string;
  /** The provider's prompt cache is asked to remember everything up to here. */
  readonly cacheHint?: { readonly ttl?: '5m' | '1h' };
}

export interface TextPart extends Said {
  readonly type: 'text';
  readonly text: string;
}

/** Bytes as base64, or where they are: what was uploaded to one vendor is known to no other. */
export type Source =
  | { readonly data: string; readonly mediaType: string }
  | { readonly url: string; readonly mediaType?: string }
  | { readonly fileId: string; readonly vendor: 'openai' | 'anthropic' };

export interface ImagePart extends Said {
  readonly type: 'image';
  readonly source: Source;
  readonly detail?: 'low' | 'high' | 'auto' | 'original';
}

export interface FilePart extends Said {
  readonly type: 'file';
  readonly source: Source;
  readonly name?: string;
}

export interface AudioPart extends Said {
  readonly type: 'audio';
  readonly source: Source;
}

export type UserPart = TextPart | ImagePart | FilePart | AudioPart;

export interface ToolCallPart extends Said {
  readonly type: 'tool_call';
  readonly id: string;
  readonly name: string;
  readonly arguments: JsonObject;
  /** Gemini's `thoughtSignature`, which it wants back with the call. */
  readonly signature?: string;
}

export interface ReasoningPart extends Said {
  readonly type: 'reasoning';
  readonly text: string;
  /** Whose it is, where that provider wants it back. No other is given it: it could not check the signature. */
  readonly by?: DialectName;
  /** The provider's proof that the text is its own; or all there is, where the text is withheld. */
  readonly signature?: string;
  readonly redacted?: boolean;
}

export interface RefusalPart extends Said {
  readonly type: 'refusal';
  readonly text: string;
}

export type AssistantPart = TextPart | ToolCallPart | ReasoningPart | RefusalPart;

export interface ToolResultPart extends Said {
  readonly type: 'tool_result';
  readonly callId: string;
  /** The name of the tool, where the dialect says it or the call is among the messages. */
  readonly name?: string;
  readonly parts: readonly (TextPart | ImagePart | FilePart)[];
  readonly isError?: boolean;
}

export interface ToolDefinition extends Said {
  readonly name: string;
  readonly description?: string;
  /** JSON Schema of its arguments. */
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
}

export type ToolChoice =
  | { readonly mode: 'auto' | 'none' | 'required' }
  /** Only these tools; `required`: one of them has to be called. */
  | { readonly mode: 'auto' | 'required'; readonly only: readonly string[] };

export type OutputFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'json_schema';
      readonly name?: string;
      readonly description?: string;
      readonly schema: JsonObject;
      readonly strict?: boolean;
    };

export interface Reasoning {
  readonly effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  readonly budgetTokens?: number;
  /** Whether the caller wants to read it. */
  readonly shown?: boolean;
}

/** Tokens of one call. What the provider did not say is undefined; the parts are contained in `input` and `output`. */
export interface TokenUsage {
  readonly input?: number;
  readonly output?: number;
  /** Of `input`: read from the provider's prompt cache, and written into it. */
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  /** Of `cacheWrite`: what is kept for an hour, where that is told apart. */
  readonly cacheWriteHour?: number;
  /** Of `output`. */
  readonly reasoning?: number;
  /** Of `input` and `output`. */
  readonly audioInput?: number;
  readonly audioOutput?: number;
}

export type StopReason =
  | 'stop'
  | 'stop_sequence'
  | 'length'
  | 'context_window'
  | 'tool_calls'
  | 'refusal'
  | 'content_filter'
  | 'pause';

export interface Candidate {
  readonly parts: readonly AssistantPart[];
  readonly stop: StopReason;
  /** Which of the request's `stop` it was. */
  readonly stopSequence?: string;
  readonly logprobs?: readonly TokenLogprob[];
}

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  /** The likeliest tokens of this place. */
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

export interface ChatAnswer {
  readonly id: string;
  /** As the provider names it. */
  readonly model: string;
  /** Epoch seconds. */
  readonly created?: number;
  /** At least one. */
  readonly candidates: readonly Candidate[];
  readonly usage?: TokenUsage;
  /** How it was served, as the provider says. */
  readonly tiers?: ServedTiers | undefined;
}

/**
 * What happens in a stream. A part is begun, grows and ends; parts of one candidate are numbered from 0 in the order in
 * which they begin, and may overlap (parallel tool calls). Every stream has a `start` first, unless it is but an error, and
 * `end` or `error` last.
 */
export type ChatEvent =
  | { readonly type: 'start'; readonly id: string; readonly model: string; readonly created?: number }
  | {
      readonly type: 'part_start';
      readonly candidate: number;
      readonly part: number;
      readonly of:
        | { readonly type: 'text' | 'refusal' }
        | { readonly type: 'reasoning'; readonly by?: DialectName }
        | {
            readonly type: 'tool_call';
            readonly id: string;
            readonly name: string;
            readonly signature?: string;
          };
    }
  /** Text; of a tool call, a piece of the JSON text of its arguments. */
  | { readonly type: 'delta'; readonly candidate: number; readonly part: number; readonly text: string }
  /** Of a reasoning part; whole. */
  | {
      readonly type: 'signature';
      readonly candidate: number;
      readonly part: number;
      readonly signature: string;
      readonly redacted?: boolean;
    }
  | { readonly type: 'part_end'; readonly candidate: number; readonly part: number }
  /** Of the tokens since the last such event. */
  | { readonly type: 'logprobs'; readonly candidate: number; readonly logprobs: readonly TokenLogprob[] }
  | {
      readonly type: 'stop';
      readonly candidate: number;
      readonly stop: StopReason;
      readonly stopSequence?: string;
    }
  /** Cumulative: a later one replaces an earlier one, member by member. */
  | { readonly type: 'usage'; readonly usage: TokenUsage; readonly tiers?: ServedTiers | undefined }
  | { readonly type: 'ping' }
  | { readonly type: 'end' }
  | { readonly type: 'error'; readonly error: AiError };

/** What went wrong, in no dialect yet. */
export interface AiError {
  /** The HTTP status that it is, or would be where a stream has begun. */
  readonly status: number;
  /** For people; names the field where there is one. */
  readonly message: string;
  /** For programs, e.g. `model_not_found`, `budget_exceeded`, `upstream_credentials_exhausted`. */
  readonly code?: string;
  /** The member of the request that is wrong, as a JSON pointer. */
  readonly pointer?: string;
}
