import type { RequestId } from './protocol/json-rpc.js';

/** Requests under way in this process, for callers who say by another request that they do not wait any longer. */
export class RunningRequests {
  private readonly running = new Map<string, AbortController>();

  /** Runs something that `cancel` can end. @param key of the asker; undefined: nobody could be told apart */
  async run<Value>(
    key: string | undefined,
    id: RequestId,
    work: (cancelled: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const controller = new AbortController();
    if (key === undefined) return work(controller.signal);
    const name = nameOf(key, id);
    this.running.set(name, controller);
    try {
      return await work(controller.signal);
    } finally {
      if (this.running.get(name) === controller) this.running.delete(name);
    }
  }

  cancel(key: string | undefined, id: unknown): void {
    if (key !== undefined && (typeof id === 'string' || typeof id === 'number')) {
      this.running.get(nameOf(key, id))?.abort();
    }
  }
}

function nameOf(key: string, id: RequestId): string {
  return JSON.stringify([key, id]);
}
