import { randomUUID } from 'node:crypto';
import type { AssistantPart, Candidate, ChatAnswer } from '../chat.js';
import { UnreadableAnswer } from '../dialect.js';
import { objectOf, objectsOf, textOf, type JsonObject } from '../../../wire/json.js';
import { readLogprobs } from './logprobs.js';
import { isFailure, readStop } from './stop-reason.js';
import { readUsage } from './usage.js';

/** @throws UnreadableAnswer */
export function readAnswer(body: JsonObject): ChatAnswer {
  const id = answerId(body);
  const candidates = objectsOf(body.candidates);
  if (candidates.length === 0 && !isBlocked(body)) {
    throw new UnreadableAnswer('The provider answered without candidates');
  }
  return {
    id,
    model: textOf(body.modelVersion) ?? '',
    created: createdAt(body),
    candidates:
      candidates.length === 0
        ? [{ parts: [], stop: 'content_filter' }]
        : candidates.map((candidate, index) => readCandidate(candidate, `${id}_${index}`)),
    usage: readUsage(body.usageMetadata),
  };
}

export function answerId(body: JsonObject): string {
  return textOf(body.responseId) || randomUUID();
}

/** Whether the prompt itself was refused. */
export function isBlocked(body: JsonObject): boolean {
  return objectOf(body.promptFeedback)?.blockReason !== undefined;
}

export function createdAt(body: JsonObject): number | undefined {
  const time = Date.parse(textOf(body.createTime) ?? '');
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

function readCandidate(candidate: JsonObject, id: string): Candidate {
  const reason = textOf(candidate.finishReason) ?? 'STOP';
  if (isFailure(reason)) throw failure(candidate, reason);
  const parts: AssistantPart[] = [];
  for (const part of objectsOf(objectOf(candidate.content)?.parts)) addPart(parts, part, id);
  const logprobs = readLogprobs(candidate.logprobsResult);
  const stop = readStop(reason);
  return {
    parts,
    stop: stop === 'stop' && parts.some(({ type }) => type === 'tool_call') ? 'tool_calls' : stop,
    logprobs: logprobs.length > 0 ? logprobs : undefined,
  };
}

export function failure(candidate: JsonObject, reason: string): UnreadableAnswer {
  const said = textOf(candidate.finishMessage);
  return new UnreadableAnswer(said ? `${reason}: ${said}` : reason, reason.toLowerCase());
}

/** Texts that follow each other are one, as they are in a stream. */
function addPart(parts: AssistantPart[], part: JsonObject, id: string): void {
  const called = objectOf(part.functionCall);
  if (called) {
    parts.push(readCall(called, part, `${id}_${parts.filter(({ type }) => type === 'tool_call').length}`));
    return;
  }
  const text = textOf(part.text);
  if (!text) return;
  const type = part.thought === true ? 'reasoning' : 'text';
  const last = parts.at(-1);
  if (last?.type === type) parts.splice(-1, 1, { ...last, text: last.text + text });
  else parts.push({ type, text });
}

export function readCall(
  called: JsonObject,
  part: JsonObject,
  id: string,
): Extract<AssistantPart, { type: 'tool_call' }> {
  return {
    type: 'tool_call',
    id: textOf(called.id) || `call_${id}`,
    name: textOf(called.name) ?? '',
    arguments: objectOf(called.args) ?? {},
    signature: textOf(part.thoughtSignature),
  };
}
