import type { ChatEvent } from '../../dialects/chat.js';
import { Blocked } from '../blocked.js';
import { RestoringStream } from '../placeholders.js';
import { readTexts, writeTexts } from '../texts/json-texts.js';
import { TextWindow, type Watch } from '../text-window.js';
import { parseObject } from '../../../wire/json.js';

type PartEvent = Extract<ChatEvent, { part: number }>;
type PartStart = Extract<ChatEvent, { type: 'part_start' }>['of'];

interface Part {
  readonly candidate: number;
  readonly part: number;
  readonly window: TextWindow;
  readonly restoring: RestoringStream;
  /** Of a tool call, whose arguments are looked at as a whole: they are JSON, which may be written in escapes. */
  arguments: string[] | undefined;
  size: number;
}

/** Characters of a tool call's arguments. */
const MAX_ARGUMENTS = 4 * 1_024 * 1_024;

/** The parts of a streamed answer, each looked at as it grows. */
export class GuardedParts {
  private readonly parts = new Map<string, Part>();

  /**
   * @param size characters that are held back at most
   * @param seen is told what the model says after masking, and before the caller's own is put back
   */
  constructor(
    private readonly watch: Watch,
    private readonly size: number,
    private readonly seen: (event: ChatEvent) => void = () => undefined,
  ) {}

  get areHolding(): boolean {
    return [...this.parts.values()].some(({ window, restoring }) => window.isHolding || restoring.isHolding);
  }

  /** @returns what of it may be told, and what was held back until now @throws Blocked */
  take(event: ChatEvent): readonly ChatEvent[] {
    switch (event.type) {
      case 'part_start':
        return this.begin(event);
      case 'delta':
      case 'signature':
      case 'part_end':
        return this.grow(event);
      case 'logprobs':
        // They say the tokens that were masked.
        return [];
      case 'end':
      case 'error':
        return [...[...this.parts.values()].flatMap((part) => this.rest(part)), this.told(event)];
      default:
        return [this.told(event)];
    }
  }

  /** What is held back since before this was called the last time. @throws Blocked */
  age(): readonly ChatEvent[] {
    return [...this.parts.values()].flatMap((part) => {
      const { candidate, part: index, window, restoring } = part;
      const events = this.delta(part, window.age(), false);
      const text = restoring.age();
      return text === '' ? events : [...events, { type: 'delta', candidate, part: index, text } as const];
    });
  }

  private begin(event: Extract<ChatEvent, { type: 'part_start' }>): readonly ChatEvent[] {
    const { candidate, part, of } = event;
    this.parts.set(keyOf(event), {
      candidate,
      part,
      window: new TextWindow(this.watch, this.size),
      restoring: new RestoringStream(this.watch.placeholders),
      arguments: of.type === 'tool_call' ? [] : undefined,
      size: 0,
    });
    return [this.told({ ...event, of: this.named(of) })];
  }

  private named(of: PartStart): PartStart {
    return of.type === 'tool_call' ? { ...of, name: this.whole(of.name) } : of;
  }

  private grow(event: Exclude<PartEvent, { type: 'part_start' }>): readonly ChatEvent[] {
    const part = this.parts.get(keyOf(event));
    if (!part) return [];
    if (event.type === 'delta') {
      if (part.arguments) return this.hold(part, event.text);
      return this.delta(part, part.window.push(event.text), false);
    }
    const before = this.rest(part);
    if (event.type === 'part_end') {
      this.parts.delete(keyOf(event));
      return [...before, ...this.heldArguments(part), this.told(event)];
    }
    // What is not as the provider signed it any longer, it would not take back.
    return part.window.hasMasked ? before : [...before, this.told(event)];
  }

  private hold(part: Part, text: string): readonly ChatEvent[] {
    part.arguments!.push(text);
    part.size += text.length;
    if (part.size > MAX_ARGUMENTS)
      throw new Blocked(this.watch.rails[0]?.name ?? 'of this route', 'answer', TOO_LARGE);
    return [];
  }

  private heldArguments(part: Part): readonly ChatEvent[] {
    if (!part.arguments || part.size === 0) return [];
    const text = this.maskedArguments(part.arguments.join(''));
    part.arguments = undefined;
    const event = { type: 'delta', candidate: part.candidate, part: part.part, text } as const;
    this.seen(event);
    return [{ ...event, text: this.watch.placeholders.restore(text, withinJson) }];
  }

  /** Arguments that were cut are no JSON. */
  private maskedArguments(text: string): string {
    if (!parseObject(text)) return this.whole(text);
    const source = `{"arguments":${JSON.stringify(text)}}`;
    const masked = readTexts(source).texts.map((one) => this.whole(one.text));
    return (JSON.parse(writeTexts(source, masked)) as { arguments: string }).arguments;
  }

  private whole(text: string): string {
    return new TextWindow(this.watch, 0).push(text);
  }

  private rest(part: Part): readonly ChatEvent[] {
    return this.delta(part, part.window.flush(), true);
  }

  private delta({ candidate, part, restoring }: Part, text: string, isLast: boolean): readonly ChatEvent[] {
    if (text !== '') this.seen({ type: 'delta', candidate, part, text });
    const restored = restoring.push(text) + (isLast ? restoring.flush() : '');
    return restored === '' ? [] : [{ type: 'delta', candidate, part, text: restored }];
  }

  private told(event: ChatEvent): ChatEvent {
    this.seen(event);
    return event;
  }
}

const TOO_LARGE = { why: 'the arguments of a tool call are too large to be looked at' };

function withinJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function keyOf({ candidate, part }: { readonly candidate: number; readonly part: number }): string {
  return `${candidate}.${part}`;
}
