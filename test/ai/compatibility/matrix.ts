import { type Caller, CALLERS_KEY } from './callers/caller.js';
import { Cell } from './cell.js';
import { CHECKS } from './checks.js';
import { type Column, COLUMNS } from './columns.js';
import { FEATURES, type Feature } from './features.js';
import { type MatrixGateway, startMatrixGateway } from './matrix-gateway.js';
import { type Sample, typeFaults } from './sdk-types.js';

/**
 * The tests of callers' dialects: one for each provider and feature, by all SDKs that can ask for it. Their names are the
 * cells of docs/ai-compatibility.md.
 * @param dialects the SDKs of each, by the base URL of the gateway's route and their key
 */
export function describeMatrix(dialects: Readonly<Record<string, CallersOf>>): void {
  let gateway: MatrixGateway;
  const converted: Sample[] = [];
  beforeAll(async () => (gateway = await startMatrixGateway()));
  afterAll(() => gateway?.stop());

  for (const [dialect, callersOf] of Object.entries(dialects)) {
    describe.each(COLUMNS)(`${dialect} to $name:`, (column) => {
      for (const feature of FEATURES) {
        const able = callersOf('http://gateway.invalid', CALLERS_KEY)
          .map(({ lacks = [] }, index) => ({ lacks, index }))
          .filter(({ lacks }) => !lacks.includes(feature))
          .map(({ index }) => index);
        if (able.length === 0) continue;
        const names = able.map((index) => callersOf('http://gateway.invalid', CALLERS_KEY)[index]!.name);
        const cells = () => able.map((index) => cellAt(callersOf, index, column));
        const isRefused = column.refuses?.includes(feature);
        it(`${feature}${isRefused ? ' is refused with 400' : ''}, by ${names.join(', ')}`, async () => {
          for (const cell of cells()) {
            await gateway.renewKey(column);
            await named(cell.caller.name, () => (isRefused ? refusal(cell, feature) : CHECKS[feature](cell)));
            if (dialect !== column.name) converted.push(...cell.asked);
          }
        });
      }
    });
  }

  it('what providers were asked in other words than the caller’s is of the types of their SDKs', () => {
    expect(converted.length).toBeGreaterThan(100);
    // One is wrong on purpose: the compiler looks.
    const wrong = { type: 'Gemini', value: { contents: [], nobodys: 1 } };
    expect(typeFaults([...converted, wrong])).toEqual([expect.stringMatching(/nobodys.* does not exist/)]);
  });

  function cellAt(callersOf: CallersOf, index: number, column: Column): Cell {
    const caller = callersOf(`${gateway.url}/ai`, CALLERS_KEY)[index]!;
    const stranger = callersOf(`${gateway.url}/guarded`, CALLERS_KEY)[index]!;
    return new Cell({ caller, stranger, column, server: gateway.serverOf(column) });
  }
}

export type CallersOf = (base: string, key: string) => readonly Caller[];

/** What cannot be said is told before anybody is asked, and told by its name. */
async function refusal(cell: Cell, feature: Feature): Promise<void> {
  await expect(CHECKS[feature](cell)).rejects.toThrow(/cannot be said to this model|this provider/);
  expect(cell.requests).toHaveLength(0);
}

/** Of several SDKs in one test, which one it was. */
async function named(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Error) error.message = `${name}: ${error.message}`;
    throw error;
  }
}
