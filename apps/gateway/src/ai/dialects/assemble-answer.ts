import type {
  AssistantPart,
  Candidate,
  ChatAnswer,
  ChatEvent,
  StopReason,
  TokenLogprob,
  TokenUsage,
} from './chat.js';
import { UnreadableAnswer } from './dialect.js';
import { parseArguments } from './tool-arguments.js';
import { mergeUsage } from './usage.js';

type PartStart = Extract<ChatEvent, { type: 'part_start' }>['of'];

interface GrowingPart {
  readonly of: PartStart;
  readonly text: string[];
  signature?: string;
  redacted?: boolean;
}

interface GrowingCandidate {
  readonly parts: GrowingPart[];
  readonly logprobs: TokenLogprob[];
  stop?: StopReason;
  stopSequence?: string;
}

/** Puts a stream together to the answer that it is. */
export class AssembledAnswer {
  usage?: TokenUsage;
  private started?: Extract<ChatEvent, { type: 'start' }>;
  private readonly candidates: GrowingCandidate[] = [];

  take(event: ChatEvent): void {
    switch (event.type) {
      case 'start':
        this.started = event;
        break;
      case 'part_start':
        this.candidate(event.candidate).parts[event.part] = { of: event.of, text: [] };
        break;
      case 'delta':
        this.part(event).text.push(event.text);
        break;
      case 'signature':
        Object.assign(this.part(event), { signature: event.signature, redacted: event.redacted });
        break;
      case 'logprobs':
        this.candidate(event.candidate).logprobs.push(...event.logprobs);
        break;
      case 'stop':
        Object.assign(this.candidate(event.candidate), {
          stop: event.stop,
          stopSequence: event.stopSequence,
        });
        break;
      case 'usage':
        this.usage = mergeUsage(this.usage, event.usage);
        break;
    }
  }

  /** @throws UnreadableAnswer where arguments of a finished call are no object */
  answer(): ChatAnswer {
    return {
      id: this.started?.id ?? '',
      model: this.started?.model ?? '',
      created: this.started?.created,
      candidates: this.candidates.map(candidateOf),
      usage: this.usage,
    };
  }

  private candidate(index: number): GrowingCandidate {
    return (this.candidates[index] ??= { parts: [], logprobs: [] });
  }

  private part({ candidate, part }: { readonly candidate: number; readonly part: number }): GrowingPart {
    return this.candidate(candidate).parts[part]!;
  }
}

export function assembleAnswer(events: Iterable<ChatEvent>): ChatAnswer {
  const answer = new AssembledAnswer();
  for (const event of events) {
    if (event.type === 'error') throw new UnreadableAnswer(event.error.message, event.error.code);
    answer.take(event);
  }
  return answer.answer();
}

function candidateOf({ parts, logprobs, stop = 'stop', stopSequence }: GrowingCandidate): Candidate {
  return {
    parts: parts.flatMap((part) => partOf(part, stop)),
    stop,
    stopSequence,
    logprobs: logprobs.length > 0 ? logprobs : undefined,
  };
}

function partOf({ of, text, signature, redacted }: GrowingPart, stop: StopReason): AssistantPart[] {
  const whole = text.join('');
  if (of.type === 'reasoning') return [{ type: 'reasoning', text: whole, by: of.by, signature, redacted }];
  if (of.type !== 'tool_call') return [{ type: of.type, text: whole }];
  const args = parseArguments(whole, stop);
  return args === undefined ? [] : [{ ...of, arguments: args }];
}
