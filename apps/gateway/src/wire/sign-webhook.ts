import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** The key in a secret (Standard Webhooks, Symmetric signature); undefined: it is none. */
export function secretBytes(secret: string): Buffer | undefined {
  const text = secret.slice(PREFIX.length);
  if (!secret.startsWith(PREFIX) || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}

/** Header fields by which the receiver knows who sent this, and that it is new: Standard Webhooks, HMAC-SHA-256. */
export function signWebhook(secret: string, id: string, at: Date, body: Buffer): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const signature = createHmac('sha256', secretBytes(secret)!)
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
