import { PiiGuardrail } from './pii/pii.guardrail.js';
import { RegexGuardrail } from './regex.guardrail.js';
import { SecretsGuardrail } from './secrets.guardrail.js';
import { WordsGuardrail } from './words.guardrail.js';

/** The types of guardrail that come with the gateway. */
export const GUARDRAILS = [PiiGuardrail, RegexGuardrail, SecretsGuardrail, WordsGuardrail];
