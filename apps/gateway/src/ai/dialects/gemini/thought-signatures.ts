import type { ReasoningPart } from '../chat.js';
import { carryReasoning, recoverReasoning } from '../signatures.js';

type Signed = Pick<ReasoningPart, 'by' | 'signature' | 'redacted'>;

/** On this wire a signature is base64, so those of other providers are put into it. */
export function carryThought(part: Signed): string | undefined {
  const carried = carryReasoning(part, 'gemini');
  if (carried === undefined || part.by === undefined || part.by === 'gemini') return carried;
  return Buffer.from(carried).toString('base64');
}

export function recoverThought(signature: string | undefined): Signed {
  if (!signature) return {};
  const signed = recoverReasoning(Buffer.from(signature, 'base64').toString(), 'gemini');
  return signed.by === 'gemini' ? { by: 'gemini', signature } : signed;
}
