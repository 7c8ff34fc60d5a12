import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WriteStream } from 'node:fs';
import { ProgramOutput } from './output.js';

async function lastWordsOf(...lines: string[]): Promise<string> {
  const output = new ProgramOutput('gateway', new PassThrough().resume() as unknown as WriteStream, false);
  const stream = new PassThrough();
  output.follow(stream);
  stream.end(lines.map((line) => `${line}\n`).join(''));
  await sleep(20);
  return output.lastWords;
}

describe('what a program says last', () => {
  it('is what it says by its name, a line for each setting, whatever is logged beside it', async () => {
    const words = await lastWordsOf(
      'gateway: REDIS_URL is wrong',
      'gateway: GATEHOUSE_ISSUER is wrong',
      '{"level":"error","msg":"listen EADDRINUSE"}',
    );
    expect(words).toBe('gateway: REDIS_URL is wrong\ngateway: GATEHOUSE_ISSUER is wrong');
  });

  it('is the message of a fault, not a line of its stack', async () => {
    expect(
      await lastWordsOf('gateway: TypeError: x is no function', 'gateway:     at main (main.ts:1:1)'),
    ).toBe('gateway: TypeError: x is no function');
  });

  it('is else the last error it logged', async () => {
    expect(await lastWordsOf('{"level":"error","msg":"one"}', '{"level":"warn","msg":"two"}')).toBe('one');
  });
});
