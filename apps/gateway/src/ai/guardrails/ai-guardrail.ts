import { DiscoveryService } from '@nestjs/core';
import { z } from 'zod';
import type { ExtraAccounts } from '../budgets/extra-accounts.js';
import type { Call } from '../../calls/call.js';
import type { Configuration } from '../../configuration/config-kind.js';
import type { FieldFault } from '@gatehouse/http';
import type { CallerDialectName } from '../dialects/dialect.js';
import type { OperationName } from '../operations/operation.js';

/** Which way a text goes: to the model, or to the caller. */
export type Direction = 'request' | 'answer';

/** What becomes of what a guardrail minds: the call is refused, the text is replaced, or it is noted. */
export type GuardrailAction = 'block' | 'mask' | 'flag';

/** A stretch of a text that a guardrail minds, in UTF-16 code units: from the first to behind the last. */
export interface Finding {
  readonly start: number;
  readonly end: number;
  /** What it is, in capitals: masked, it reads `<EMAIL_1>`. */
  readonly label: string;
}

/**
 * Looks for stretches of text. It sees each text alone, and of a stream what came last, again and again: it is quick, and
 * takes time that is linear in the text, which callers and models write.
 */
export interface FindingGuardrail {
  find(text: string): readonly Finding[];
}

/** The call that texts belong to. */
export interface Judged {
  readonly call: Call;
  readonly on: Direction;
  readonly operation: OperationName;
  /** What the caller speaks. */
  readonly dialect: CallerDialectName;
  /** As the caller names it. */
  readonly model: string;
  /** For calls of models that are made to judge it: they have records of their own, and budgets count them. */
  readonly accounts: ExtraAccounts;
}

export type Verdict =
  | { readonly passes: true }
  /** `texts`: what may stand in place of those that were judged, as many and in the same order. */
  | { readonly passes: false; readonly texts?: readonly string[] | undefined };

/** Judges all texts of a request, or of an answer, together; such as by asking somebody. Streams are held back for it. */
export interface JudgingGuardrail {
  /** It bounds the time that it takes, and says itself what becomes of a call that cannot be judged. @throws Problem where a budget refuses that */
  judge(texts: readonly string[], judged: Judged): Promise<Verdict>;
}

/** Checks what a model answers as a whole, and can have it answer again. Streams are held back for it. */
export interface AnswerGuardrail {
  /** How often the model is asked again. */
  readonly repairs: number;
  /**
   * @param schema of the output, where the request says one
   * @returns says what is wrong with a text that a model answers, for the model; undefined: nothing can be
   * @throws Error where the schema cannot be used
   */
  checkFor(schema: object | undefined): ((text: string) => string | undefined) | undefined;
}

export type Guardrail = FindingGuardrail | JudgingGuardrail | AnswerGuardrail;

/** Something that looks at what callers and models say: one class, and one type that `ai-guardrails` name. */
export interface AiGuardrailType<Settings = unknown> {
  /** Checks `settings` of the configuration. Left out: it has none. */
  readonly settings?: z.ZodType<Settings>;
  /** Of `settings`, the members that are encrypted and never shown: texts. */
  readonly secrets?: readonly string[];
  /** What it can do. Left out: everything. */
  readonly actions?: readonly GuardrailAction[];
  /** Where it can be. Left out: on requests and answers. */
  readonly on?: readonly Direction[];
  /** What the schema of `settings` cannot see. */
  faults?(settings: Settings, configuration: Configuration): readonly FieldFault[];
  /** Called once for each configuration. */
  make(settings: Settings, configuration: Configuration): Guardrail;
}

/** Marks an `AiGuardrailType`; the argument is the `type` by which the configuration names it. */
export const AiGuardrail = DiscoveryService.createDecorator<string>();

const NO_SETTINGS = z.strictObject({});

/** What the configuration says besides, checked. */
export function parseGuardrailSettings(type: AiGuardrailType, settings: object) {
  return (type.settings ?? NO_SETTINGS).safeParse(settings);
}
