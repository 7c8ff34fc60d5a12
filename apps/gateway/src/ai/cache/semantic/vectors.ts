/** What a text means: of length 1. */
export type Vector = Float32Array;

/** A question that was answered. */
export interface AnsweredQuestion {
  readonly vector: Vector;
  /** Where its answer is kept. */
  readonly key: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** @returns undefined where the numbers have no direction */
export function vectorOf(numbers: readonly unknown[]): Vector | undefined {
  const vector = Float32Array.from(numbers, Number);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  return Number.isFinite(length) && length > 0 ? vector.map((value) => value / length) : undefined;
}

/** The question that is most alike, where one is alike enough. */
export function nearest(
  questions: readonly AnsweredQuestion[],
  vector: Vector,
  threshold: number,
  now = Date.now(),
): AnsweredQuestion | undefined {
  let best: AnsweredQuestion | undefined;
  let most = threshold;
  for (const question of questions) {
    if (question.until <= now) continue;
    const likeness = cosine(question.vector, vector);
    if (likeness < most) continue;
    [best, most] = [question, likeness];
  }
  return best;
}

/** Vectors of two models have nothing in common. */
function cosine(one: Vector, other: Vector): number {
  if (one.length !== other.length) return 0;
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i]! * other[i]!;
  return sum;
}

export function encodeQuestions(questions: readonly AnsweredQuestion[]): string {
  return JSON.stringify(
    questions.map(({ vector, key, until }) => [
      Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64'),
      key,
      until,
    ]),
  );
}

export function decodeQuestions(text: string): AnsweredQuestion[] {
  return (JSON.parse(text) as [string, string, number][]).map(([vector, key, until]) => ({
    vector: floatsOf(Buffer.from(vector, 'base64')),
    key,
    until,
  }));
}

/** Copied: floats must begin at a multiple of four bytes. */
function floatsOf(bytes: Buffer): Vector {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
