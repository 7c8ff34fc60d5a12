/** OpenID Connect Core §3.1.2.1. */
export const PROMPTS = ['none', 'login', 'consent', 'select_account'] as const;
export type Prompt = (typeof PROMPTS)[number];

/** The members of a `prompt` value, or undefined when one is unknown, or `none` is not alone. */
export function parsePrompt(value: string): Prompt[] | undefined {
  const members = [...new Set(value.split(' ').filter(Boolean))];
  if (!members.every((member): member is Prompt => (PROMPTS as readonly string[]).includes(member)))
    return undefined;
  if (members.includes('none') && members.length > 1) return undefined;
  return members;
}
