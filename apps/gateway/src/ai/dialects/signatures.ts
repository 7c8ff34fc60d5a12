import type { ReasoningPart, ToolCallPart } from './chat.js';
import type { DialectName } from './dialect.js';

// What one provider wants back, where the caller's dialect has no place for it or its place belongs to another provider.

type Signed = Pick<ReasoningPart, 'by' | 'signature'>;

const FOREIGN = /^(openai|openai_responses|anthropic|gemini):(.*)$/s;

/**
 * A signature for callers of a dialect: as it is where it is of that dialect, else behind its own dialect's name, so that it
 * finds its way back (`anthropic:EqQB…`).
 */
export function carrySignature({ by, signature }: Signed, dialect: DialectName): string | undefined {
  if (by === undefined || by === dialect) return signature;
  return `${by}:${signature ?? ''}`;
}

export function recoverSignature(carried: string | undefined, dialect: DialectName): Signed {
  if (!carried) return {};
  const [, by, signature] = FOREIGN.exec(carried) ?? [];
  if (by === undefined) return { by: dialect, signature: carried };
  return signature ? { by: by as DialectName, signature } : { by: by as DialectName };
}

const REDACTED = 'redacted:';

/** The same for dialects that have no form of its own for reasoning that is withheld. */
export function carryReasoning(
  part: Signed & Pick<ReasoningPart, 'redacted'>,
  dialect: DialectName,
): string | undefined {
  const carried = carrySignature(part, dialect);
  return part.redacted && carried !== undefined ? `${REDACTED}${carried}` : carried;
}

export function recoverReasoning(
  carried: string | undefined,
  dialect: DialectName,
): Signed & Pick<ReasoningPart, 'redacted'> {
  if (!carried?.startsWith(REDACTED)) return recoverSignature(carried, dialect);
  return { ...recoverSignature(carried.slice(REDACTED.length), dialect), redacted: true };
}

/** LiteLLM's mark between the id of a tool call and Gemini's signature, so that conversations can move between both. */
const THOUGHT = '__thought__';

/** The id of a tool call for callers whose dialect has no other place for Gemini's signature. */
export function carryCallId({ id, signature }: Pick<ToolCallPart, 'id' | 'signature'>): string {
  return signature === undefined ? id : `${id}${THOUGHT}${signature}`;
}

export function recoverCallId(carried: string): Pick<ToolCallPart, 'id' | 'signature'> {
  const mark = carried.indexOf(THOUGHT);
  if (mark < 0) return { id: carried };
  return { id: carried.slice(0, mark), signature: carried.slice(mark + THOUGHT.length) };
}
