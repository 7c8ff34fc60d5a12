/** What a GGUF file says of its model: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
export type GgufValue =
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly f32s: readonly number[] }
  | { readonly i32s: readonly number[] };

export interface GgufTensor {
  readonly name: string;
  /** The dimension whose values lie side by side comes first. */
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const VERSION = 3;
const ALIGNMENT = 32;
const TYPES = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, array: 9 } as const;
const F32_TENSOR = 0;

export function writeGguf(
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
): Buffer {
  const entries = Object.entries(metadata);
  const head = [
    Buffer.from('GGUF'),
    u32(VERSION),
    u64(tensors.length),
    u64(entries.length),
    ...entries.flatMap(([key, value]) => [text(key), ...typed(value)]),
    ...infosOf(tensors),
  ];
  return Buffer.concat([aligned(Buffer.concat(head)), ...tensors.map(({ values }) => aligned(f32s(values)))]);
}

function infosOf(tensors: readonly GgufTensor[]): Buffer[] {
  let offset = 0;
  return tensors.flatMap(({ name, shape, values }) => {
    const info = [text(name), u32(shape.length), ...shape.map(u64), u32(F32_TENSOR), u64(offset)];
    offset += alignedLength(values.byteLength);
    return info;
  });
}

function typed(value: GgufValue): Buffer[] {
  if ('u32' in value) return [u32(TYPES.u32), u32(value.u32)];
  if ('f32' in value) return [u32(TYPES.f32), f32s([value.f32])];
  if ('bool' in value) return [u32(TYPES.bool), Buffer.from([value.bool ? 1 : 0])];
  if ('text' in value) return [u32(TYPES.text), text(value.text)];
  if ('texts' in value) return array(TYPES.text, value.texts.length, value.texts.map(text));
  if ('f32s' in value) return array(TYPES.f32, value.f32s.length, [f32s(value.f32s)]);
  return array(TYPES.i32, value.i32s.length, [Buffer.from(Int32Array.from(value.i32s).buffer)]);
}

function array(type: number, length: number, items: readonly Buffer[]): Buffer[] {
  return [u32(TYPES.array), u32(type), u64(length), ...items];
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

/** Every machine that llama.cpp has a binary for is little-endian, as the file is. */
function f32s(values: Iterable<number>): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

function alignedLength(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

function aligned(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(alignedLength(bytes.length) - bytes.length)]);
}
