import { DiscoveryService } from '@nestjs/core';
import { z } from 'zod';
import type { JsonValue } from '../../wire/json.js';
import type { AiError, ChatRequest } from '../dialects/chat.js';
import type { ProviderDialectName } from '../dialects/dialect.js';
import type { EmbeddingsEndpoint } from '../embeddings/embeddings.js';
import type { OperationName } from '../operations/operation.js';

/** What is asked of a provider: an operation as a dialect has it. */
export interface ProviderRequest<Settings = unknown> {
  /** `files`: of those, where `filesPathOf` says the path. */
  readonly operation: OperationName | 'files';
  readonly dialect: ProviderDialectName;
  /** As the provider names it. */
  readonly model: string;
  readonly stream: boolean;
  readonly settings: Settings;
  /** What the caller said outside of the body, in this very dialect; empty where the request was converted. */
  readonly query: URLSearchParams;
  /** The caller's header fields that are among `forwarded`, by name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A request that is ready but for who it is from. */
export interface UnauthorizedRequest<Settings = unknown> {
  readonly request: ProviderRequest<Settings>;
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined: it has none, or is sent as it comes. */
  readonly body: Buffer | undefined;
}

/** Whose fault an error is, and so what can be done about it. */
export type Blame =
  /** The key's: it is revoked, unpaid or not allowed to. Another one may do, this one will not for a while. */
  | 'key'
  /** The key was used too often of late. */
  | 'rate'
  /** The provider is in trouble: later, or elsewhere. */
  | 'provider'
  /** The target's: it has no such model, or cannot be told what was asked. */
  | 'target'
  /** The caller's: nobody would take it. */
  | 'request';

/**
 * One kind of AI provider. Make it known by `@AiProvider('…')` on a provider of any module; `ai-providers` of the
 * configuration then name it as their `type`. The built-in ones use the same door.
 */
export interface AiProviderType<Settings = unknown> {
  /** Where its API is; left out: the configuration has to say so. */
  readonly baseUrl?: string;
  /**
   * The same where it depends on settings, first, and any other address that settings make and keys go to. Keys open for the
   * addresses alone for which they were given.
   */
  addressesOf?(settings: Settings): readonly (string | undefined)[];
  /** What is wrong with a key. Left out: it must be text that a header field can have, without spaces. */
  keyFault?(key: string): string | undefined;
  /** What it speaks for chat, the best first: a call in one of them is passed through, all others are converted. */
  readonly dialects: readonly [ProviderDialectName, ...ProviderDialectName[]];
  /** Checks `settings` of the configuration. Left out: it has none. */
  readonly settings?: z.ZodType<Settings>;
  /** Path and query of an operation, below the base URL; undefined where the provider does not have it. */
  pathOf(request: ProviderRequest<Settings>): string | undefined;
  /**
   * Where it makes vectors by an API that no caller speaks: how a model is asked for them. Left out: by OpenAI's or Gemini's,
   * if `pathOf` has these.
   */
  embeddingsOf?(request: ProviderRequest<Settings>): EmbeddingsEndpoint | undefined;
  /** Where it has files and batches as OpenAI does. @param path as OpenAI has it: `/files/…`. Left out: it has none */
  filesPathOf?(path: string, settings: Settings): string;
  /** Header fields by name in lower case: who calls, and what else the provider wants. @param key undefined: it has none */
  headersOf(key: string | undefined, request: ProviderRequest<Settings>): Readonly<Record<string, string>>;
  /**
   * Where it takes more than the key to say who calls: a token that is got for it, or a signature of the request. Its fields
   * take the place of those of the same name.
   * @throws CredentialError
   */
  authorize?(key: string, request: UnauthorizedRequest<Settings>): Promise<Readonly<Record<string, string>>>;
  /** Header fields of callers in its own dialect that it is told, in lower case. Never credentials. */
  readonly forwarded?: readonly string[];
  /** Members that it calls otherwise than its dialect does. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** The same for converted requests alone: what else is passed through is the caller's choice. */
  readonly renamedInConversion?: Readonly<Record<string, string>>;
  /** What it passes over of its dialect in silence, of a converted request: as JSON pointers into the caller's body. */
  passesOver?(request: ChatRequest): readonly string[];
  /** Where its path names the model: what bodies have in place of `model`. Gemini's have none. */
  inPlaceOfModel?(
    request: ProviderRequest<Settings>,
  ): { readonly name: string; readonly value: JsonValue } | undefined;
  /** Whether streams tell usage only when asked by `stream_options`. Left out: they do not need to be asked. */
  readonly asksForUsage?: boolean;
  /** What the table of prices (genai-prices) calls it. Left out: a target has to say what it costs. */
  readonly pricedAs?: string;
  /** Where its errors say more than their status does. */
  blameOf?(error: AiError): Blame | undefined;
}

/** The key gives no credential: nothing was asked of the provider yet. */
export class CredentialError extends Error {
  /** @param blame `key`: it is not taken; `provider`: whoever makes a credential of it is in trouble */
  constructor(
    readonly blame: 'key' | 'provider',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Marks an `AiProviderType`; the argument is the `type` by which the configuration names it. */
export const AiProvider = DiscoveryService.createDecorator<string>();

const NO_SETTINGS = z.strictObject({});

/** Where its API is, as far as the type and its settings say it. @param settings undefined: they are wrong */
export function baseUrlOf(type: AiProviderType, settings: unknown): string | undefined {
  const made = settings === undefined ? undefined : type.addressesOf?.(settings)[0];
  return made ?? type.baseUrl;
}

/** What the configuration says besides, checked. */
export function parseSettings(type: AiProviderType, settings: object) {
  return (type.settings ?? NO_SETTINGS).safeParse(settings);
}
