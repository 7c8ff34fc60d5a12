import type { ReasoningPart } from '../chat.js';
import { objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { carrySignature, recoverSignature } from '../signatures.js';

// OpenAI's chat API has no place for reasoning. Its text goes where DeepSeek, vLLM and others have it, `reasoning_content`;
// signatures go where OpenRouter has them, `reasoning_details`. Clients that send back the whole message send both back.

interface ReasoningMembers {
  readonly reasoning_content?: string;
  readonly reasoning_details?: readonly JsonObject[];
}

/** @param index of the part among the reasoning parts of its message */
export function reasoningDetail(part: Omit<ReasoningPart, 'type'>, index: number): JsonObject {
  const signature = carrySignature(part, 'openai');
  if (part.redacted) return { type: 'reasoning.encrypted', data: signature ?? '', index };
  return { type: 'reasoning.text', text: part.text, signature, index };
}

export function writeReasoning(parts: readonly ReasoningPart[]): ReasoningMembers {
  if (parts.length === 0) return {};
  const signed = parts.some((part) => part.signature !== undefined || (part.by ?? 'openai') !== 'openai');
  return {
    reasoning_content: parts.map(({ text }) => text).join('') || undefined,
    reasoning_details: signed ? parts.map(reasoningDetail) : undefined,
  };
}

/** Whose a signature is: of the caller's, the one that is named in it; a provider's is its own, whatever it holds. */
type Signer = (signature: string | undefined) => Pick<ReasoningPart, 'by' | 'signature'>;

export const ofCaller: Signer = (signature) => ({ by: 'openai', ...recoverSignature(signature, 'openai') });
export const ofProvider: Signer = (signature) => ({ by: 'openai', signature });

export function readReasoning(message: JsonObject, signer: Signer, at?: string): ReasoningPart[] {
  const details = objectsOf(message.reasoning_details).flatMap((detail) => readDetail(detail, signer));
  if (details.length > 0) return details.map((part) => ({ ...part, at }));
  const text = reasoningText(message);
  return text ? [{ type: 'reasoning', text, by: 'openai', at }] : [];
}

export function reasoningText(message: JsonObject): string | undefined {
  return textOf(message.reasoning_content) ?? textOf(message.reasoning);
}

/** Of content that is a list: Mistral's, where its models think. */
export function textIn(content: readonly JsonObject[]): string {
  return content.map(({ text }) => textOf(text) ?? '').join('');
}

/** https://docs.mistral.ai/capabilities/reasoning */
export function thoughtIn(content: readonly JsonObject[]): string {
  return content.map(({ thinking }) => textIn(objectsOf(thinking))).join('');
}

/** @returns none where there is neither text nor signature */
export function readDetail(detail: JsonObject, signer: Signer): ReasoningPart[] {
  const redacted = detail.type === 'reasoning.encrypted' || undefined;
  const text = textOf(detail.text) ?? textOf(detail.summary) ?? '';
  const signature = textOf(redacted ? detail.data : detail.signature) || undefined;
  return text || signature ? [{ type: 'reasoning', text, redacted, ...signer(signature) }] : [];
}
