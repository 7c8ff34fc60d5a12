import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyLlama } from './tiny-llama.js';

const LLAMA = 'node-llama-cpp';
const VERSION = '3.22.1';

/** As llama.cpp's server tells of what it generates. */
export interface Slot {
  readonly id: number;
  readonly is_processing: boolean;
  readonly n_decoded: number;
}

const NO_SLOT: Slot = { id: -1, is_processing: false, n_decoded: 0 };

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** A local model: the tiny Llama, run by llama.cpp. */
export interface ModelServer {
  readonly url: string;
  /** How many tokens a text has, by the model's own tokenizer. */
  count(text: string): Promise<number>;
  /** The same of a conversation as the model gets it, with the token that begins it. */
  countPrompt(messages: readonly ChatMessage[]): Promise<number>;
  embed(text: string): Promise<readonly number[]>;
  /** The last generation. */
  lastSlot(): Promise<Slot>;
  stop(): Promise<void>;
}

export async function startModelServer(): Promise<ModelServer> {
  const folder = installLlama();
  const models = mkdtempSync(join(tmpdir(), 'gatehouse-model-'));
  const path = join(models, 'tiny-llama.gguf');
  writeFileSync(path, tinyLlama());
  const program = join(process.cwd(), 'test/system/local-model/llama-cpp.mjs');
  const child = spawn(process.execPath, [program, folder, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const [port] = (await Promise.race([once(child.stdout, 'data'), failed(ended)])) as [Buffer];
  const url = `http://127.0.0.1:${port.toString().trim()}`;
  const count = async (text: string) =>
    (await ask<{ tokens: number[] }>(`${url}/tokenize`, { content: text })).tokens.length;
  return {
    url,
    count,
    countPrompt: async (messages) => {
      const { prompt } = await ask<{ prompt: string }>(`${url}/apply-template`, { messages });
      return 1 + (await count(prompt));
    },
    embed: async (input) => {
      const { data } = await ask<{ data: [{ embedding: number[] }] }>(`${url}/v1/embeddings`, { input });
      return data[0].embedding;
    },
    lastSlot: async () => (await ask<Slot[]>(`${url}/slots`)).at(-1) ?? NO_SLOT,
    stop: async () => {
      child.kill();
      await ended;
      rmSync(models, { recursive: true });
    },
  };
}

/** It is too large to be among this repository's own packages, so it is installed beside them, once. */
function installLlama(): string {
  const folder = join(process.cwd(), '.data', 'local-model', VERSION);
  if (existsSync(join(folder, 'node_modules', LLAMA))) return folder;
  mkdirSync(folder, { recursive: true });
  // Its optional packages are binaries for all kinds of graphics cards: of those the one for the processor will do.
  const packages = [`${LLAMA}@${VERSION}`, `@node-llama-cpp/${platform()}@${VERSION}`];
  const options = ['--no-save', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', ...options, '--loglevel=error', '--prefix', folder, ...packages], {
    stdio: 'inherit',
    timeout: 300_000,
  });
  return folder;
}

function platform(): string {
  const { platform: system, arch } = process;
  if (system === 'darwin') return arch === 'arm64' ? 'mac-arm64-metal' : 'mac-x64';
  return `${system === 'win32' ? 'win' : system}-${arch}`;
}

async function failed(ended: Promise<unknown[]>): Promise<never> {
  const [code] = await ended;
  throw new Error(`The server of the local model ended with ${code as number}`);
}

async function ask<Answer>(url: string, body?: object): Promise<Answer> {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  return (await (await fetch(url, init)).json()) as Answer;
}
