import type { Call } from '../../calls/call.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';
import { codeOf } from '../errors/problem-answer.js';
import type { AiCall } from '../records/ai-call.js';
import type { Asked } from '../requests/asked.js';
import { GuardedAnswer } from './answers/guarded-answer.js';
import { AnswerCheck } from './check-answer.js';
import { checkRequest, type Guarding, WITHOUT_TEXT } from './check-request.js';
import type { Rails } from './guardrails.js';
import { GuardrailEvents } from './guardrail-events.js';
import { Placeholders } from './placeholders.js';

/** Names the guardrails that noted something. */
const FLAGS = 'x-gatehouse-guardrails';

/** The guardrails of one call. */
export class CallGuardrails {
  private readonly guarding: Guarding;

  constructor(
    rails: Rails,
    private readonly call: Call,
    private readonly aiCall: AiCall,
  ) {
    const events = (aiCall.guardrails = new GuardrailEvents());
    const { operation, dialect, model = '' } = aiCall;
    const judged = { call, operation, dialect, model };
    this.guarding = { rails, events, placeholders: new Placeholders(), judged };
  }

  /** @returns what is asked now @throws AiProblem 400 */
  async before(asked: Asked): Promise<Asked> {
    const checked = await checkRequest(asked, this.guarding);
    this.tellFlags();
    return checked;
  }

  /**
   * Whoever answers, a provider or a cache, answers through this.
   * @param ask asks for the answer @throws whatever `ask` throws; AiProblem 400
   */
  async after(
    asked: Asked,
    caller: AnswerHandler,
    gone: AbortSignal,
    ask: (caller: AnswerHandler, gone: AbortSignal) => Promise<void>,
  ): Promise<void> {
    if (!this.looksAtAnswer(asked)) return ask(caller, gone);
    const stop = new AbortController();
    const checks = new AnswerCheck(asked, this.guarding, {
      flags: () => this.tellFlags(),
      blocked: (problem) => {
        this.aiCall.fault = this.call.fault = codeOf(problem);
      },
    });
    const answer = new GuardedAnswer(caller, checks, () => stop.abort());
    const left = new Promise<void>((resolve) => gone.addEventListener('abort', () => resolve()));
    await ask(answer, AbortSignal.any([gone, stop.signal]));
    await Promise.race([answer.begun, left]);
  }

  private looksAtAnswer({ operation }: Asked): boolean {
    if (WITHOUT_TEXT.has(operation.name)) return false;
    const { rails, placeholders } = this.guarding;
    return rails.answer.length > 0 || placeholders.areReversible;
  }

  private tellFlags(): void {
    const { flagged } = this.guarding.events;
    if (flagged.length > 0) this.call.answerHeaders.set(FLAGS, flagged.join(', '));
  }
}
