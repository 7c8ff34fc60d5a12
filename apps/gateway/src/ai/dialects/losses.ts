import type { ChatRequest, Said } from './chat.js';
import { DialectError } from './dialect.js';

/** Of members that only the caller's API has, those that change no answer. */
const HINT =
  /\/(?:cache_control|prompt_cache_[a-z]+|include_obfuscation|service_tier|eager_input_streaming|keep_alive|num_ctx)$/;

/** Notes what of a request its target cannot be told. */
export class Losses {
  readonly dropped: string[];
  readonly ignored: string[];

  /** @throws DialectError */
  constructor(private readonly request: ChatRequest) {
    const [pointer] = request.indispensable ?? [];
    if (pointer !== undefined) throw DialectError.at(pointer, 'is known to its own provider alone');
    this.dropped = request.unconverted.filter((pointer) => !HINT.test(pointer));
    this.ignored = request.unconverted.filter((pointer) => HINT.test(pointer));
  }

  /** Something that is asked for, and is not done. */
  drop(...members: (keyof ChatRequest)[]): void {
    this.note(this.dropped, members);
  }

  /** Something without which the answer is the same. */
  ignore(...members: (keyof ChatRequest)[]): void {
    this.note(this.ignored, members);
  }

  dropPart(part: Said, member = ''): void {
    this.dropped.push(`${part.at ?? ''}${member}`);
  }

  ignorePart(part: Said, member = ''): void {
    this.ignored.push(`${part.at ?? ''}${member}`);
  }

  private note(list: string[], members: (keyof ChatRequest)[]): void {
    for (const member of members) {
      if (isSaid(this.request[member])) list.push(this.request.pointers?.[member] ?? `/${member}`);
    }
  }
}

/** An empty list asks for nothing. */
function isSaid(value: ChatRequest[keyof ChatRequest]): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

/** @throws DialectError where several answers are wanted of a provider that gives one */
export function refuseCandidates({ candidates = 1, pointers }: ChatRequest): void {
  if (candidates > 1)
    throw DialectError.at(pointers?.candidates, 'must be 1: this provider gives one answer');
}
