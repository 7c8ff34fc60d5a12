/** What is asked, said and heard in the matrix, in the words of no SDK and no provider. */

export interface Tool {
  readonly name: string;
  readonly description: string;
  readonly schema: { readonly type: 'object'; readonly properties: object; readonly required?: string[] };
}

export interface ToolCall {
  readonly name: string;
  readonly args: Record<string, unknown>;
}

export type UserPart =
  | { readonly text: string }
  | { readonly image: { readonly base64: string; readonly type: string } | { readonly url: string } }
  | { readonly pdf: { readonly base64: string; readonly name: string } };

/** How a caller goes on: with what was said in its SDK's own words, and what the tools returned. */
export type Turn =
  | { readonly user: string | readonly UserPart[] }
  | { readonly assistant: string }
  | { readonly said: Said; readonly results: readonly string[] };

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly only: string };

export interface Ask {
  readonly system?: string;
  readonly turns: readonly Turn[];
  readonly tools?: readonly Tool[];
  readonly toolChoice?: ToolChoice;
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  readonly schema?: Record<string, unknown>;
  readonly thinks?: boolean;
}

export type Stop = 'stop' | 'length' | 'tools' | 'filtered';

export interface Usage {
  readonly input: number;
  /** Of the input. */
  readonly cached: number;
  readonly output: number;
  /** Of the output. */
  readonly reasoning: number;
}

/** What a provider answers. */
export interface Answer {
  readonly reasoning?: string;
  readonly text?: string;
  readonly calls?: readonly ToolCall[];
  readonly stop: Stop;
}

/** What an SDK made of the gateway's answer. */
export interface Said {
  readonly text: string;
  readonly reasoning?: string;
  readonly calls: readonly ToolCall[];
  readonly stop: Stop | 'other';
  readonly usage: Partial<Usage>;
  /** How many pieces of text came, of a stream. */
  readonly pieces?: number;
  /** What the SDK wants back to go on with the conversation. */
  readonly own: unknown;
}

/** An error as an SDK tells it. */
export interface Complaint {
  /** The SDK's own class. */
  readonly name: string;
  readonly status?: number;
  readonly message: string;
  /** Seconds, where the SDK tells it. */
  readonly retryAfter?: string;
}

export type HeardPart =
  | UserPart
  | { readonly call: ToolCall; readonly id: string | undefined }
  | { readonly result: string; readonly of: string | undefined };

/** What a provider was asked, by the types of its own SDK. */
export interface Heard {
  readonly model: string;
  readonly stream: boolean;
  readonly system: string;
  readonly turns: readonly {
    readonly role: 'user' | 'assistant' | 'tool';
    readonly parts: readonly HeardPart[];
  }[];
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice | undefined;
  readonly maxTokens?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  readonly schema?: object | undefined;
  readonly thinks: boolean;
}

export const USAGE: Usage = { input: 20, cached: 8, output: 11, reasoning: 4 };
