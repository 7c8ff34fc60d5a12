import { Gathered } from './gathered.js';

const fault = (code: string) => Object.assign(new Error(code), { code });

describe('Gathered', () => {
  it('asks once for all items of a turn, and answers each its own', async () => {
    const run = jest.fn(async (items: readonly number[]) => items.map((item) => item * 2));
    const gathered = new Gathered(run);
    await expect(Promise.all([1, 2, 3].map((item) => gathered.ask(item)))).resolves.toEqual([2, 4, 6]);
    expect(run.mock.calls).toEqual([[[1, 2, 3]]]);
  });

  it('answers no item by a statement that began before it was asked', async () => {
    const ends: (() => void)[] = [];
    const run = jest.fn(async (items: readonly number[]) => {
      await new Promise<void>((resolve) => ends.push(resolve));
      return items;
    });
    const gathered = new Gathered(run);
    const first = gathered.ask(1);
    await new Promise(setImmediate);
    const second = gathered.ask(2);
    ends[0]!();
    await first;
    await new Promise(setImmediate);
    ends[1]!();
    await expect(second).resolves.toBe(2);
    expect(run.mock.calls).toEqual([[[1]], [[2]]]);
  });

  it('does not let a statement that hangs hold up the next one', async () => {
    const gathered = new Gathered((items: readonly string[]) =>
      items.includes('hangs') ? new Promise<readonly string[]>(() => undefined) : Promise.resolve(items),
    );
    void gathered.ask('hangs');
    await new Promise(setImmediate);
    await expect(gathered.ask('runs')).resolves.toBe('runs');
  });

  it.each(['22021', '23503', '40P01'])('fails only the item that PostgreSQL refuses (%s)', async (code) => {
    const gathered = new Gathered(async (items: readonly string[]) => {
      if (items.includes('bad')) throw fault(code);
      return items;
    });
    const answers = await Promise.allSettled(['good', 'bad'].map((item) => gathered.ask(item)));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('does not ask again when nobody knows what was done: PostgreSQL went away', async () => {
    const run = jest.fn((_items: readonly number[]) => Promise.reject<number[]>(fault('ECONNRESET')));
    const gathered = new Gathered(run);
    const answers = await Promise.allSettled([1, 2].map((item) => gathered.ask(item)));
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
