/** Whose model it is, as far as that changes what it is told. */
export type Family = 'claude' | 'nova' | 'nova_2' | 'gpt_oss' | 'other';

/** @param model an id, or an ARN, with or without a region before it; own inference profiles do not say what they are of */
export function familyOf(model: string): Family {
  if (/anthropic|claude/i.test(model)) return 'claude';
  if (/amazon\.nova-2/.test(model)) return 'nova_2';
  if (/amazon\.nova/.test(model)) return 'nova';
  return /openai\.gpt-oss/.test(model) ? 'gpt_oss' : 'other';
}
