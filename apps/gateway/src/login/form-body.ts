import type { FastifyRequest } from 'fastify';

/** A logout token with some room. */
const MAX_BYTES = 32_768;

/** A form that was posted to the gateway itself, which leaves bodies unread. @returns undefined for anything else */
export async function readForm({ headers, raw }: FastifyRequest): Promise<URLSearchParams | undefined> {
  const type = headers['content-type']?.split(';', 1)[0]!.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of raw as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}
