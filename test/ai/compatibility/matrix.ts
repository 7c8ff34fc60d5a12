import { CALLERS, type CallersOf } from './callers/callers.js';
import { type Caller, CALLERS_KEY } from './callers/caller.js';
import { Cell } from './cell.js';
import { CHECKS } from './checks.js';
import { COLUMNS } from './columns.js';
import { FEATURES, type Feature } from './features.js';
import { type MatrixGateway, startMatrixGateway } from './matrix-gateway.js';
import { type Sample, typeFaults } from './sdk-types.js';

/** What goes on as the caller's SDK wrote it. */
const PASSED_ON: Readonly<Record<keyof typeof CALLERS, string>> = {
  'OpenAI chat': 'OpenAI.ChatCompletionCreateParams',
  'OpenAI responses': 'OpenAI.Responses.ResponseCreateParams',
  Anthropic: 'Anthropic.MessageCreateParams',
  Gemini: 'Gemini',
  Mistral: 'MistralChat',
  Ollama: '',
};

/** Errors by which a key is put out of use, or to rest. */
const SPENDS_KEY: ReadonlySet<Feature> = new Set(['provider’s 401', 'provider’s 429 with Retry-After']);

/**
 * The tests of callers' dialects: one for each provider and feature, by all SDKs that can ask for it. Their names are the
 * cells of docs/ai-compatibility.md.
 */
export function describeMatrix(...dialects: readonly (keyof typeof CALLERS)[]): void {
  let gateway: MatrixGateway;
  const converted: Sample[] = [];
  beforeAll(async () => (gateway = await startMatrixGateway()));
  afterAll(() => gateway?.stop());

  for (const dialect of dialects) {
    const callersOf: CallersOf = CALLERS[dialect];
    let callers: readonly Caller[];
    let strangers: readonly Caller[];
    beforeAll(() => {
      callers = callersOf(`${gateway.url}/ai`, CALLERS_KEY);
      strangers = callersOf(`${gateway.url}/guarded`, CALLERS_KEY);
    });

    const columns = COLUMNS.map((column) => ({
      ...column,
      wire: column.wireFor?.[dialect] ?? column.wire,
    }));
    describe.each(columns)(`${dialect} to $name:`, (column) => {
      for (const feature of FEATURES) {
        const able = ableTo(callersOf('http://gateway.invalid', CALLERS_KEY), feature);
        if (able.length === 0 || column.lacks?.includes(feature)) continue;
        if (column.lacksFor?.[dialect]?.includes(feature)) continue;
        const isRefused = column.refuses?.includes(feature);
        const names = able.map(({ name }) => name).join(', ');
        it(`${feature}${isRefused ? ' is refused with 400' : ''}, by ${names}`, async () => {
          for (const { name, index } of able) {
            const cell = new Cell({
              caller: callers[index]!,
              stranger: strangers[index]!,
              column,
              server: gateway.serverOf(column),
            });
            await named(name, () => (isRefused ? refusal(cell, feature) : CHECKS[feature](cell)));
            if (SPENDS_KEY.has(feature)) await gateway.renewKey(column);
            if (column.wire.requestType !== PASSED_ON[dialect]) converted.push(...cell.asked);
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
}

interface Able {
  readonly name: string;
  /** Among the callers of the dialect. */
  readonly index: number;
}

function ableTo(callers: readonly Caller[], feature: Feature): Able[] {
  return callers.flatMap(({ name, lacks }, index) => (lacks?.includes(feature) ? [] : [{ name, index }]));
}

/** What cannot be said is told before anybody is asked, and told by its name. */
async function refusal(cell: Cell, feature: Feature): Promise<void> {
  await expect(CHECKS[feature](cell)).rejects.toThrow(/cannot be said to this model|this provider/);
  expect(cell.requests).toHaveLength(0);
}

/** Of several SDKs in one test, which one it was. Errors of another realm are no instances of this one's. */
async function named(name: string, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    (error as Error).message = `${name}: ${(error as Error).message}`;
    throw error;
  }
}
