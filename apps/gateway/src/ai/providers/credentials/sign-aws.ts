import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { UnauthorizedRequest } from '../ai-provider.js';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface Signer {
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
}

/** Of the header, what is signed: other fields may be changed on the way. */
const SIGNED = ['content-type'];

/** The fields that sign a request (AWS Signature Version 4). */
export async function signAws(
  { method, url, headers, body }: Omit<UnauthorizedRequest, 'request'>,
  { service, region, credentials }: Signer,
): Promise<Readonly<Record<string, string>>> {
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const signed = SIGNED.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, headers[name]] as const],
  );
  const result = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host, ...Object.fromEntries(signed) },
    body,
  });
  // Whoever sends it writes the host.
  const { host: _, ...fields } = result.headers;
  return fields;
}

/** What the signer hashes with. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string);
  }

  update(data: Uint8Array): void {
    this.hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  /** It is used once. */
  reset(): void {}
}
