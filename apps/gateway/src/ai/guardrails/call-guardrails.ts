import type { Call } from '../../calls/call.js';
import type { AnswerHandler } from '../../upstreams/upstream.js';
import type { ExtraAccounts } from '../budgets/extra-accounts.js';
import { codeOf } from '../errors/problem-answer.js';
import type { CallContents } from '../contents/call-contents.js';
import type { AiCall } from '../records/ai-call.js';
import type { Asked } from '../requests/asked.js';
import { GuardedAnswer } from './answers/guarded-answer.js';
import { AnswerCheck } from './check-answer.js';
import { checkRequest, type Guarding, WITHOUT_TEXT } from './check-request.js';
import { askedAgain, RepairNeeded } from './repair.js';
import type { Rails } from './guardrails.js';
import { GuardrailEvents } from './guardrail-events.js';
import { Placeholders } from './placeholders.js';

/** Names the guardrails that noted something. */
const FLAGS = 'x-gatehouse-guardrails';

/** @param isRepair whether it is asked again for the sake of the same call */
export type Ask = (
  asked: Asked,
  caller: AnswerHandler,
  gone: AbortSignal,
  isRepair: boolean,
) => Promise<void>;

/** The guardrails of one call. */
export class CallGuardrails {
  private readonly guarding: Guarding;

  constructor(
    rails: Rails,
    private readonly call: Call,
    private readonly aiCall: AiCall,
    accounts: ExtraAccounts,
    contents?: CallContents,
  ) {
    const events = (aiCall.guardrails = new GuardrailEvents());
    const { operation, dialect, model = '' } = aiCall;
    const judged = { call, operation, dialect, model, accounts };
    this.guarding = { rails, events, placeholders: new Placeholders(), judged, contents };
  }

  /** @returns what is asked now @throws AiProblem 400 */
  async before(asked: Asked): Promise<Asked> {
    const checked = await checkRequest(asked, this.guarding);
    this.guarding.contents?.takeRequest(checked);
    this.tellFlags();
    return checked;
  }

  /**
   * Whoever answers, a provider or a cache, answers through this.
   * @param ask asks for the answer: again, where the first one needs a repair
   * @throws whatever `ask` throws; AiProblem 400
   */
  async after(asked: Asked, caller: AnswerHandler, gone: AbortSignal, ask: Ask): Promise<void> {
    const { contents } = this.guarding;
    if (!this.looksAtAnswer(asked)) return ask(asked, contents?.recording(caller) ?? caller, gone, false);
    let question = asked;
    for (let repairs = 0; ; repairs++) {
      const repair = await this.attempt(question, caller, gone, repairs, ask);
      if (!repair || gone.aborted) return;
      question = askedAgain(question, repair);
    }
  }

  private async attempt(
    asked: Asked,
    caller: AnswerHandler,
    gone: AbortSignal,
    repairs: number,
    ask: Ask,
  ): Promise<RepairNeeded | undefined> {
    const stop = new AbortController();
    const checks = new AnswerCheck(asked, this.guarding, repairs, {
      flags: () => this.tellFlags(),
      blocked: (problem) => {
        this.aiCall.fault = this.call.fault = codeOf(problem);
      },
    });
    const answer = new GuardedAnswer(caller, checks, () => stop.abort());
    const left = new Promise<void>((resolve) => gone.addEventListener('abort', () => resolve()));
    try {
      await ask(asked, answer, AbortSignal.any([gone, stop.signal]), repairs > 0);
      await Promise.race([answer.begun, left]);
      return undefined;
    } catch (error) {
      if (error instanceof RepairNeeded) return error;
      throw error;
    }
  }

  private looksAtAnswer({ operation, stream }: Asked): boolean {
    if (WITHOUT_TEXT.has(operation.name)) return false;
    const { rails, placeholders } = this.guarding;
    // Of other streams nobody knows where their texts are: placeholders stay in them.
    if (stream && operation.name !== 'chat') return false;
    return rails.answer.length > 0 || placeholders.areReversible;
  }

  private tellFlags(): void {
    const { flagged } = this.guarding.events;
    if (flagged.length > 0) this.call.answerHeaders.set(FLAGS, flagged.join(', '));
  }
}
