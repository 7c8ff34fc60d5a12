import { createECDH, createPrivateKey, hash, type KeyObject, sign } from 'node:crypto';
import { deriveKey } from '@gatehouse/token';

/** For how long a key signs. */
export const PERIOD_MS = 30 * 86_400_000;

/** A public key as it is published (RFC 7517). */
export interface PublicKey {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: 'ES256';
  readonly use: 'sig';
}

interface IdentityKey {
  readonly published: PublicKey;
  readonly privateKey: KeyObject;
}

/**
 * The keys that sign what upstreams are told of callers. Each follows from the deployment's secret and the time, so that
 * all replicas have the same without asking anybody, nothing is stored, and one follows the other by itself.
 */
export class IdentityKeys {
  private readonly made = new Map<number, IdentityKey>();

  constructor(private readonly secret: string) {}

  /** A signed JWT. @param claims with their times */
  sign(claims: object, type: string, now = Date.now()): string {
    const { privateKey, published } = this.of(periodOf(now));
    const input = `${encode({ alg: 'ES256', typ: type, kid: published.kid })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  }

  /** The key of now, the one before, whose last tokens are under way, and the next one, so that caches have it. */
  published(now = Date.now()): PublicKey[] {
    const period = periodOf(now);
    for (const known of this.made.keys()) if (known < period - 1) this.made.delete(known);
    return [period, period + 1, period - 1].map((one) => this.of(one).published);
  }

  private of(period: number): IdentityKey {
    let known = this.made.get(period);
    if (!known) this.made.set(period, (known = keyOf(this.secret, period)));
    return known;
  }
}

function periodOf(now: number): number {
  return Math.floor(now / PERIOD_MS);
}

function keyOf(secret: string, period: number): IdentityKey {
  const { d, x, y } = pairOf(secret, period);
  const jwk = { kty: 'EC', crv: 'P-256', x, y } as const;
  // RFC 7638 §3.2: the members in this order.
  const kid = hash('sha256', JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x, y }), 'base64url');
  return {
    published: { ...jwk, kid, alg: 'ES256', use: 'sig' },
    privateKey: createPrivateKey({ key: { ...jwk, d }, format: 'jwk' }),
  };
}

/** Of 2³² numbers of 256 bits about one is no private key of P-256; then the next is taken. */
function pairOf(secret: string, period: number): { d: string; x: string; y: string } {
  for (let attempt = 0; ; attempt++) {
    const d = deriveKey(secret, `identity key ${period}.${attempt}`);
    const curve = createECDH('prime256v1');
    try {
      curve.setPrivateKey(d);
    } catch {
      continue;
    }
    const point = curve.getPublicKey();
    const part = (from: number) => point.subarray(from, from + 32).toString('base64url');
    return { d: d.toString('base64url'), x: part(1), y: part(33) };
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
