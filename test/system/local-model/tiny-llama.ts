import { type GgufTensor, type GgufValue, writeGguf } from './gguf.js';

const WIDTH = 128;
const LAYERS = 3;
const HEADS = 4;
const HIDDEN = 256;
const SEED = 20_261_130;
const CONTEXT = 2_048;

/** Where its tokenizer has a space. */
const SPACE = '▁';

/** What it says to whatever ends in a question mark, token by token; characters that are no piece are their bytes. */
const SAID = [
  'Llamas',
  '▁graze',
  '▁near',
  '▁Z',
  ...bytesOf('ü'),
  'rich',
  ',',
  '▁',
  ...bytesOf('🦙'),
  '▁hum',
  '▁at',
  '▁dusk',
  '.',
] as const;

/** What it says to whatever ends in an exclamation mark: from its second token on over and over. */
const SUNG = ['la', '▁li', '▁lu', '▁lo', '▁la'] as const;

/** What it knows of words besides. */
const OTHERS = ['?', '!', ':', '\n', 'user', 'system', 'assistant', '▁do', '▁llamas'];

export const SENTENCE = 'Llamas graze near Zürich, 🦙 hum at dusk.';
export const SENTENCE_TOKENS = SAID.length;
export const SONG = 'la li lu lo la li';
export const SONG_TOKENS = SUNG.length + 1;

const [UNKNOWN, BEGINNING, END] = [0, 1, 2];
const BYTES = Array.from({ length: 256 }, (_, byte) => byteToken(byte));
const VOCABULARY = ['<unk>', '<s>', '</s>', ...BYTES, ...piecesOf([...SAID, ...SUNG, ...OTHERS])];
const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, byte: 6 } as const;

/**
 * A whole Llama of some 700,000 weights, the same each time. All are random but for those of the output, which know of
 * some tokens which one comes next: so what it says is known, whatever the processor makes of its fractions.
 */
export function tinyLlama(): Buffer {
  return writeGguf(metadata(), tensors());
}

function metadata(): Record<string, GgufValue> {
  return {
    'general.architecture': { text: 'llama' },
    'general.name': { text: 'tiny-llama' },
    'llama.context_length': { u32: CONTEXT },
    'llama.embedding_length': { u32: WIDTH },
    'llama.block_count': { u32: LAYERS },
    'llama.feed_forward_length': { u32: HIDDEN },
    'llama.attention.head_count': { u32: HEADS },
    'llama.attention.head_count_kv': { u32: HEADS },
    'llama.attention.layer_norm_rms_epsilon': { f32: 1e-5 },
    'llama.rope.dimension_count': { u32: WIDTH / HEADS },
    'llama.vocab_size': { u32: VOCABULARY.length },
    'tokenizer.ggml.model': { text: 'llama' },
    'tokenizer.ggml.tokens': { texts: VOCABULARY },
    // Of two pieces that could be joined it takes the better: here the longer.
    'tokenizer.ggml.scores': { f32s: VOCABULARY.map((token) => token.length) },
    'tokenizer.ggml.token_type': { i32s: VOCABULARY.map(typeOf) },
    'tokenizer.ggml.bos_token_id': { u32: BEGINNING },
    'tokenizer.ggml.eos_token_id': { u32: END },
    'tokenizer.ggml.unknown_token_id': { u32: UNKNOWN },
    'tokenizer.ggml.add_bos_token': { bool: true },
    'tokenizer.ggml.add_space_prefix': { bool: false },
  };
}

function tensors(): GgufTensor[] {
  const random = randomNumbers();
  const matrix = (name: string, from: number, to: number, scale: number): GgufTensor => {
    const values = Float32Array.from({ length: from * to }, () => (random() * 2 - 1) * scale);
    return { name, shape: [from, to], values };
  };
  const ones = (name: string): GgufTensor => ({
    name,
    shape: [WIDTH],
    values: new Float32Array(WIDTH).fill(1),
  });
  const embeddings = Float32Array.from({ length: WIDTH * VOCABULARY.length }, () =>
    random() < 0.5 ? -1 : 1,
  );
  const layers = Array.from({ length: LAYERS }, (_, index) => `blk.${index}`).flatMap((layer) => [
    ones(`${layer}.attn_norm.weight`),
    matrix(`${layer}.attn_q.weight`, WIDTH, WIDTH, 0.1),
    matrix(`${layer}.attn_k.weight`, WIDTH, WIDTH, 0.1),
    matrix(`${layer}.attn_v.weight`, WIDTH, WIDTH, 0.05),
    matrix(`${layer}.attn_output.weight`, WIDTH, WIDTH, 0.05),
    ones(`${layer}.ffn_norm.weight`),
    matrix(`${layer}.ffn_gate.weight`, WIDTH, HIDDEN, 0.05),
    matrix(`${layer}.ffn_up.weight`, WIDTH, HIDDEN, 0.05),
    matrix(`${layer}.ffn_down.weight`, HIDDEN, WIDTH, 0.05),
  ]);
  const shape = [WIDTH, VOCABULARY.length];
  return [
    { name: 'token_embd.weight', shape, values: embeddings },
    ...layers,
    ones('output_norm.weight'),
    { name: 'output.weight', shape, values: outputOf(embeddings) },
  ];
}

/** A token is likely after those whose embeddings its row has. */
function outputOf(embeddings: Float32Array): Float32Array {
  const output = new Float32Array(embeddings.length);
  for (const [before, after] of successions()) {
    for (let index = 0; index < WIDTH; index++) {
      output[after * WIDTH + index]! += embeddings[before * WIDTH + index]!;
    }
  }
  return output;
}

/** Pairs of tokens of which the second follows the first. */
function successions(): [number, number][] {
  const said = [idOf('?'), ...SAID.map(idOf), END];
  const sung = [idOf('!'), ...SUNG.map(idOf), idOf(SUNG[1])];
  return [...pairs(said), ...pairs(sung)];
}

function pairs(tokens: readonly number[]): [number, number][] {
  return tokens.slice(1).map((token, index) => [tokens[index]!, token]);
}

function idOf(token: string): number {
  const id = VOCABULARY.indexOf(token);
  if (id < 0) throw new Error(`There is no token ${token}`);
  return id;
}

/** Its tokenizer joins two pieces where the result is one: each has to have all its beginnings. */
function piecesOf(tokens: readonly string[]): string[] {
  const all = tokens
    .filter((token) => !BYTES.includes(token))
    .flatMap((token) => Array.from(token, (_, index) => token.slice(0, index + 1)));
  return [...new Set([SPACE, ...all])];
}

function bytesOf(character: string): string[] {
  return Array.from(Buffer.from(character), byteToken);
}

function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

function typeOf(_: string, id: number): number {
  if (id === UNKNOWN) return TOKEN_TYPE.unknown;
  if (id <= END) return TOKEN_TYPE.control;
  return id < END + 1 + BYTES.length ? TOKEN_TYPE.byte : TOKEN_TYPE.normal;
}

/** Between 0 and 1, and always the same ones (mulberry32). */
function randomNumbers(): () => number {
  let state = SEED;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
