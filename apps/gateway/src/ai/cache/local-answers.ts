import { LRUCache } from 'lru-cache';
import type { AnswerAbout, AnswerStore, Found, PurgeTarget } from './answer-store.js';

interface Kept {
  readonly text: string;
  readonly about: AnswerAbout;
}

/** What an answer takes beside its text. */
const OVERHEAD = 1_024;

/** Answers of one process; those used longest ago make room. */
export class LocalAnswers implements AnswerStore {
  private readonly answers: LRUCache<string, Kept>;
  private epoch = 0;

  constructor(maxBytes: number) {
    this.answers = new LRUCache({ maxSize: maxBytes, sizeCalculation: ({ text }) => text.length + OVERHEAD });
  }

  async get(key: string): Promise<Found> {
    return { text: this.answers.get(key)?.text, epoch: String(this.epoch) };
  }

  async put(key: string, text: string, ttlMs: number, about: AnswerAbout, epoch: string): Promise<void> {
    if (epoch === String(this.epoch)) this.answers.set(key, { text, about }, { ttl: ttlMs });
  }

  async purge(target: PurgeTarget): Promise<number> {
    this.epoch++;
    const fitting = [...this.answers.entries()].filter(([, { about }]) => fits(about, target));
    for (const [key] of fitting) this.answers.delete(key);
    return fitting.length;
  }
}

function fits(about: AnswerAbout, target: PurgeTarget): boolean {
  const names = Object.keys(target) as (keyof AnswerAbout)[];
  return names.every((name) => target[name] === undefined || target[name] === about[name]);
}
