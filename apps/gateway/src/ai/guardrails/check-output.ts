import type { JsonObject } from '../../wire/json.js';
import type { Candidate } from '../dialects/chat.js';
import type { Asked } from '../requests/asked.js';
import type { AnswerGuardrail } from './ai-guardrail.js';
import { Blocked, uncheckable } from './blocked.js';
import type { GuardrailEvents } from './guardrail-events.js';
import type { Rail } from './guardrails.js';
import { RepairNeeded } from './repair.js';

/** They have no text to be checked, or none of the model's own. */
const WITHOUT_OUTPUT: ReadonlySet<Candidate['stop']> = new Set([
  'tool_calls',
  'refusal',
  'content_filter',
  'pause',
]);

interface OutputCheck {
  readonly rail: Rail<AnswerGuardrail>;
  faultOf(text: string): string | undefined;
}

/** What the guardrails of a call demand of the text of an answer as a whole. */
export class OutputChecks {
  private readonly checks: readonly OutputCheck[];

  /** @param repairs how often the model was asked again @throws AiProblem 400 where the caller's schema cannot be used */
  constructor(
    private readonly asked: Asked,
    rails: readonly Rail[],
    private readonly repairs: number,
  ) {
    this.checks = rails.filter(isAnswerRail).flatMap((rail) => {
      const faultOf = this.checkOf(rail);
      return faultOf ? [{ rail, faultOf }] : [];
    });
  }

  /** @throws RepairNeeded, Blocked */
  demand(body: JsonObject, events: GuardrailEvents): void {
    if (this.checks.length === 0) return;
    for (const candidate of this.asked.dialect.readAnswer(body).candidates) {
      if (WITHOUT_OUTPUT.has(candidate.stop)) continue;
      const text = candidate.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('');
      for (const check of this.checks) this.demandText(text, check, events);
    }
  }

  private demandText(text: string, { rail, faultOf }: OutputCheck, events: GuardrailEvents): void {
    const fault = faultOf(text);
    if (fault === undefined) return;
    if (this.repairs < rail.guardrail.repairs) throw new RepairNeeded(text, fault);
    const action = rail.action === 'flag' ? 'flag' : 'block';
    events.add(rail.name, action, 'answer');
    if (action === 'block') throw new Blocked(rail.name, 'answer', { why: 'it is not as its schema says' });
  }

  private checkOf({ guardrail }: Rail<AnswerGuardrail>) {
    const format = this.asked.operation.name === 'chat' ? this.asked.chat.outputFormat : undefined;
    try {
      return guardrail.checkFor(format?.type === 'json_schema' ? format.schema : undefined);
    } catch (error) {
      const pointer = this.asked.chat.pointers?.outputFormat;
      throw uncheckable(`the schema of the output: ${(error as Error).message}`, pointer);
    }
  }
}

function isAnswerRail(rail: Rail): rail is Rail<AnswerGuardrail> {
  return 'checkFor' in rail.guardrail;
}
