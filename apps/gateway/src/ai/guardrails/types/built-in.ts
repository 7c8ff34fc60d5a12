import { JsonSchemaGuardrail } from './json-schema.guardrail.js';
import { ModerationGuardrail } from './moderation/moderation.guardrail.js';
import { PiiGuardrail } from './pii/pii.guardrail.js';
import { RegexGuardrail } from './regex.guardrail.js';
import { SecretsGuardrail } from './secrets.guardrail.js';
import { WebhookGuardrail } from './webhook/webhook.guardrail.js';
import { WordsGuardrail } from './words.guardrail.js';

/** The types of guardrail that come with the gateway. */
export const GUARDRAILS = [
  JsonSchemaGuardrail,
  ModerationGuardrail,
  PiiGuardrail,
  RegexGuardrail,
  SecretsGuardrail,
  WebhookGuardrail,
  WordsGuardrail,
];
