import type { TokenUsage } from '../chat.js';
import { countOf, objectOf, objectsOf, type JsonObject } from '../../../wire/json.js';
import { sum } from '../usage.js';

/** On this wire, thoughts are counted beside the candidates, and what tools said beside the prompt. */
export function readUsage(value: unknown): TokenUsage | undefined {
  const usage = objectOf(value);
  if (!usage) return undefined;
  const input = sum(countOf(usage.promptTokenCount), countOf(usage.toolUsePromptTokenCount));
  const thoughts = countOf(usage.thoughtsTokenCount);
  return {
    input,
    output: sum(countOf(usage.candidatesTokenCount), thoughts) ?? rest(countOf(usage.totalTokenCount), input),
    cacheRead: countOf(usage.cachedContentTokenCount),
    reasoning: thoughts,
    audioInput: audioOf(usage.promptTokensDetails),
    audioOutput: audioOf(usage.candidatesTokensDetails),
  };
}

/** A count of 0 is left out: the total tells it from one that is not known. */
function rest(total: number | undefined, input: number | undefined): number | undefined {
  return total === undefined || input === undefined ? undefined : Math.max(0, total - input);
}

function audioOf(details: unknown): number | undefined {
  return countOf(objectsOf(details).find(({ modality }) => modality === 'AUDIO')?.tokenCount);
}

export function writeUsage(usage: TokenUsage): JsonObject {
  const { input, output, reasoning, cacheRead, audioInput, audioOutput } = usage;
  return {
    promptTokenCount: input,
    candidatesTokenCount: output === undefined ? undefined : Math.max(0, output - (reasoning ?? 0)),
    thoughtsTokenCount: reasoning,
    cachedContentTokenCount: cacheRead,
    totalTokenCount: sum(input, output),
    promptTokensDetails: writeAudio(audioInput),
    candidatesTokensDetails: writeAudio(audioOutput),
  };
}

function writeAudio(tokenCount: number | undefined): JsonObject[] | undefined {
  return tokenCount === undefined ? undefined : [{ modality: 'AUDIO', tokenCount }];
}
