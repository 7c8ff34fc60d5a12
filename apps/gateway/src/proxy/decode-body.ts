import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Problem } from '@gatehouse/http';

type Decoder = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** Codings of RFC 9110 §8.4.1 that are undone where a policy reads a body; zstd where Node has it. */
const DECODERS = new Map<string, Decoder>([
  ['gzip', promisify(zlib.gunzip) as Decoder],
  ['x-gzip', promisify(zlib.gunzip) as Decoder],
  ['deflate', promisify(zlib.inflate) as Decoder],
  ['br', promisify(zlib.brotliDecompress) as Decoder],
]);
const { zstdDecompress } = zlib as { zstdDecompress?: typeof zlib.gunzip };
if (zstdDecompress) DECODERS.set('zstd', promisify(zstdDecompress) as Decoder);

/** What may stand in `Accept-Encoding` of a refusal (RFC 9110 §12.5.3). */
const DECODED = [...DECODERS.keys()].filter((name) => name !== 'x-gzip').join(', ');

/** A coding, or several in a row, that nobody here can undo. */
class UnknownCodingError extends Error {}

/**
 * The body without its coding.
 * @param encoding of Content-Encoding; empty: none. Several in a row are nothing that honest peers send.
 * @param limit bytes of what comes out: a small body may hold a huge one
 * @throws UnknownCodingError; one that `isTooLarge` knows; Error when the body is not what it says
 */
export async function decodeBody(body: Buffer, encoding: string, limit: number): Promise<Buffer> {
  const coding = encoding.trim().toLowerCase();
  if (coding === '' || coding === 'identity' || body.length === 0) return body;
  const decoder = DECODERS.get(coding);
  if (!decoder) throw new UnknownCodingError(`the coding ${coding.slice(0, 50)} is not known`);
  return decoder(body, { maxOutputLength: Math.max(1, limit) });
}

/**
 * The same for the body of a request: whoever sent it is told what is wrong with it.
 * @throws Problem 413, 400; 415 when the coding is unknown (RFC 9110 §15.5.16)
 */
export async function decodeRequestBody(body: Buffer, encoding: string, limit: number): Promise<Buffer> {
  return decodeBody(body, encoding, limit).catch((error: Error) => {
    if (error instanceof UnknownCodingError) {
      const accepted = { 'accept-encoding': DECODED };
      throw new Problem(415, 'The Content-Encoding is not one that is read here.', { headers: accepted });
    }
    if (isTooLarge(error)) {
      throw new Problem(413, `The body of the request is larger than ${limit} bytes.`);
    }
    throw new Problem(400, 'The body is not in the encoding that Content-Encoding names.');
  });
}

/** Whether a body was larger than the limit when it was decoded. */
function isTooLarge(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}
