import type { Call } from '../../calls/call.js';
import type { AiCall } from '../records/ai-call.js';
import type { Spending } from './ai-budgets.service.js';

/** What goes along with a call of a model that is made for the sake of another one. */
export interface ExtraAccounts {
  begun(aiCall: AiCall, call: Call): void;
  /** @returns whether it is counted in money @throws Problem where a budget does not allow it */
  reserve(spending: Spending): Promise<boolean>;
}
