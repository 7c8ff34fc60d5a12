import { setImmediate as turn } from 'node:timers/promises';
import type { ProviderAnswer } from '../provider-server.js';
import { CALLERS } from './callers/callers.js';
import { COLUMNS } from './columns.js';
import { type MatrixGateway, startMatrixGateway } from './matrix-gateway.js';
import type { Answer } from './scene.js';

const PIECE_BYTES = 41;
const ANSWER: Answer = {
  reasoning: 'A greeting is due.',
  text: 'Grüezi, Welt 🌍!',
  calls: [{ name: 'weather', args: { city: 'Zürich' } }],
  stop: 'tools',
};

/** A stream whose first piece is so long, and all others `PIECE_BYTES`. */
function cut(bytes: Buffer, first: number, type: string): ProviderAnswer {
  return async (_, response) => {
    response.writeHead(200, { 'content-type': type });
    for (let from = 0, to = first; from < bytes.length; from = to, to += PIECE_BYTES) {
      if (to > from) await new Promise((done) => response.write(bytes.subarray(from, to), done));
      await turn();
    }
    response.end();
  };
}

describe('streams that come in pieces', () => {
  let gateway: MatrixGateway;
  beforeAll(async () => (gateway = await startMatrixGateway()));
  afterAll(() => gateway?.stop());

  // As they are passed on, and in each of the three forms of streams that are written.
  describe.each(['OpenAI chat', 'Anthropic', 'Ollama'] as const)('to %s', (dialect) => {
    it.each(COLUMNS)('from $name are the same wherever they are cut', async (column) => {
      const caller = CALLERS[dialect](`${gateway.url}/ai`, 'callers-own-key')[0]!;
      const { wire, model } = column;
      const bytes = Buffer.from(wire.stream(ANSWER));
      const server = gateway.serverOf(column);
      // All together, each place is one where two pieces meet.
      for (let first = 0; first < PIECE_BYTES; first++) {
        server.reset(cut(bytes, first, wire.streamType ?? 'text/event-stream'));
        const said = await caller.stream({ turns: [{ user: 'Hi' }] }, model);
        expect(said).toMatchObject({ text: ANSWER.text, reasoning: ANSWER.reasoning, calls: ANSWER.calls });
      }
    });
  });
});
