import type { Finding } from '../ai-guardrail.js';

/** Where a pattern is in a text. @param isIt whether what looks like it is it */
export function findAll(
  text: string,
  pattern: RegExp,
  label: string,
  isIt: (text: string) => boolean = () => true,
): Finding[] {
  const found: Finding[] = [];
  for (const match of text.matchAll(pattern)) {
    const [said] = match;
    if (isIt(said)) found.push({ start: match.index, end: match.index + said.length, label });
  }
  return found;
}
