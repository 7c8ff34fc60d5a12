import { setImmediate as turn } from 'node:timers/promises';
import type { Judged, JudgingGuardrail } from './ai-guardrail.js';
import { Blocked } from './blocked.js';
import { isFinding, type Rail } from './guardrails.js';
import type { JsonText } from './texts/json-texts.js';
import { MAX_PAST, TextWindow, type Watch } from './text-window.js';

/** Characters after which others have their turn: looking takes a while. */
const TURN = 262_144;

/**
 * Holds texts to all guardrails of their direction: first to those that look for stretches, and what these leave to those
 * that judge, which may be servers of somebody else.
 * @returns what they are now, as many and in the same order
 * @throws Blocked
 */
export async function guardTexts(
  said: readonly JsonText[],
  rails: readonly Rail[],
  watch: Omit<Watch, 'rails'>,
  judged: Judged,
): Promise<readonly string[]> {
  let texts = await scanned(said, { ...watch, rails: rails.filter(isFinding) });
  for (const rail of rails) {
    if (isJudging(rail)) texts = await judge(texts, rail, watch, judged);
  }
  return texts;
}

async function scanned(said: readonly JsonText[], watch: Watch): Promise<readonly string[]> {
  const texts: string[] = [];
  let looked = 0;
  for (const one of said) {
    texts.push(watch.rails.length === 0 ? one.text : await scan(one, watch));
    looked += one.text.length;
    if (looked < TURN) continue;
    looked = 0;
    await turn();
  }
  return texts;
}

async function scan({ text, pointer }: JsonText, watch: Watch): Promise<string> {
  try {
    if (text.length <= TURN) return new TextWindow(watch, 0).push(text);
    return await scanLong(text, watch);
  } catch (error) {
    if (!(error instanceof Blocked) || watch.on === 'answer') throw error;
    throw new Blocked(error.guardrail, watch.on, { pointer });
  }
}

/** Piece by piece, as if it were streamed: others have their turn between. */
async function scanLong(text: string, watch: Watch): Promise<string> {
  const window = new TextWindow(watch, MAX_PAST);
  const scanned: string[] = [];
  for (let at = 0; at < text.length; at += TURN) {
    scanned.push(window.push(text.slice(at, at + TURN)));
    await turn();
  }
  return scanned.join('') + window.flush();
}

async function judge(
  texts: readonly string[],
  { name, action, guardrail }: Rail<JudgingGuardrail>,
  { events, on }: Omit<Watch, 'rails'>,
  judged: Judged,
): Promise<readonly string[]> {
  if (texts.length === 0) return texts;
  const verdict = await guardrail.judge(texts, judged);
  if (verdict.passes) return texts;
  const masked = action === 'mask' ? verdict.texts : undefined;
  const done = action === 'mask' && !masked ? 'block' : action;
  events.add(name, done, on);
  if (done === 'block') throw new Blocked(name, on);
  return masked ?? texts;
}

function isJudging(rail: Rail): rail is Rail<JudgingGuardrail> {
  return 'judge' in rail.guardrail;
}
