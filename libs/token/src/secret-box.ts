import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** A key for one purpose, from the deployment's secret (HKDF-SHA-256, RFC 5869): `purpose` keeps the keys apart. */
export function deriveKey(secret: string | Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, 'gatehouse', purpose, 32));
}

/**
 * A key for one purpose from a secret that is as random as a key itself: HKDF without its first step (RFC 5869 §3.3),
 * which costs half as much.
 */
export function expandKey(secret: string | Buffer, purpose: string): Buffer {
  return createHmac('sha256', secret).update(`${purpose}\x01`).digest();
}

/** Encrypts what must be known again (AES-256-GCM). A box opens only what a box of the same key sealed. */
export class SecretBox {
  private readonly key: Buffer;

  /**
   * @param purpose what is kept in this box, e.g. `signing keys`
   * @param derive how the key comes from the secret
   */
  constructor(secret: string | Buffer, purpose: string, derive = deriveKey) {
    this.key = derive(secret, purpose);
  }

  /** @param context bound to the text without being stored: it opens only under the same (a row's id, say) */
  seal(text: string, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    cipher.setAAD(Buffer.from(context));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws when the text was sealed under another key or context, or was changed */
  open(sealed: string, context: string): string {
    const bytes = Buffer.from(sealed, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    return (
      decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    );
  }
}
