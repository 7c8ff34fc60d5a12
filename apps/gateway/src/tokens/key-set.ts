import { setTimeout as sleep } from 'node:timers/promises';
import { withFittingKeys } from '@gatehouse/token';
import { Logger } from '@nestjs/common';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  errors,
  type JWK,
  jwtVerify,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
} from 'jose';
import { z } from 'zod';

/** How often the keys are looked at without anybody asking. */
const REFRESH_MS = 300_000;
const RETRY_MS = 5_000;
/** Between two looks, whoever asks: unknown keys in tokens are free to make up. */
const COOLDOWN_MS = 1_000;
/** For how long a key that is published no longer still verifies: its last tokens are under way. */
const KEEP_MS = 300_000;
/** Calls that may wait for a look at once. */
const MAX_WAITING = 1_000;

/** RFC 7517 §5. Members are read by jose; what is symmetric or private has no place among public keys. */
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });
const ASYMMETRIC = new Set(['EC', 'OKP', 'RSA', 'AKP']);

interface Kept {
  readonly jwk: JWK;
  /** Since when it is published no longer; undefined: it is. */
  readonly goneAt: number | undefined;
}

/** The keys cannot be had, so nothing can be said of a token. */
export class KeysUnavailableError extends Error {
  override readonly name = 'KeysUnavailableError';
}

/**
 * The public keys of an issuer: looked at now and then, and once more when a token names one that is not known. Keys that
 * were had stay in use while the issuer is away.
 */
export class KeySet {
  private readonly logger = new Logger(KeySet.name);
  private kept: ReadonlyMap<string, Kept> = new Map();
  private find: JWTVerifyGetKey | undefined;
  private looking: Promise<void> | undefined;
  private notBefore = 0;
  private waiting = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private away = false;

  /**
   * @param issuer for the log
   * @param load asks the issuer; bounded in time and size
   */
  constructor(
    private readonly issuer: string,
    private readonly load: () => Promise<unknown>,
  ) {}

  /** Looks for the first time, and from then on by itself. */
  start(): void {
    this.look().then(
      () => this.lookLater(REFRESH_MS),
      () => this.lookLater(RETRY_MS),
    );
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** @throws KeysUnavailableError, or what jose finds wrong with the token */
  async verify(token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
    const attempt = () => withFittingKeys(this.get, (key) => jwtVerify(token, key, options));
    try {
      return await attempt();
    } catch (error) {
      const isWrong = error instanceof errors.JWSSignatureVerificationFailed;
      if (!isWrong || !this.isAnonymous(token) || this.waiting >= MAX_WAITING) throw error;
      await this.lookFor();
      return attempt();
    }
  }

  /** Whether a token may be signed with a key that is not known yet, though it fits one that is: neither has a `kid`. */
  private isAnonymous(token: string): boolean {
    if (decodeProtectedHeader(token).kid !== undefined) return false;
    return [...this.kept.values()].some(({ jwk }) => jwk.kid === undefined);
  }

  /** jose's way to ask for a key. */
  private readonly get: JWTVerifyGetKey = async (header, token) => {
    if (!this.find) await this.lookFor();
    try {
      return await this.find!(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return this.findAnew(error, header, token);
    }
  };

  private async findAnew(error: unknown, ...[header, token]: Parameters<JWTVerifyGetKey>) {
    if (this.waiting >= MAX_WAITING) throw error;
    const underWay = this.looking !== undefined;
    await this.lookFor();
    try {
      return await this.find!(header, token);
    } catch (still) {
      // The look that was under way may have begun before the key was published.
      if (!underWay || !(still instanceof errors.JWKSNoMatchingKey)) throw still;
      await this.lookFor();
      return this.find!(header, token);
    }
  }

  private async lookFor(): Promise<void> {
    this.waiting++;
    try {
      await this.look();
    } finally {
      this.waiting--;
    }
  }

  /** One look for all who want one. */
  private look(): Promise<void> {
    this.looking ??= this.lookOnce().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const early = this.notBefore - Date.now();
    if (early > 0) await sleep(early, undefined, { ref: false });
    this.notBefore = Date.now() + COOLDOWN_MS;
    try {
      this.take(keySet.parse(await this.load()).keys);
      if (this.away) this.logger.log(`The keys of ${this.issuer} can be had again`);
      this.away = false;
    } catch (error) {
      if (!this.away)
        this.logger.warn(`The keys of ${this.issuer} cannot be had: ${(error as Error).message}`);
      this.away = true;
      throw new KeysUnavailableError((error as Error).message, { cause: error });
    }
  }

  private take(published: readonly JWK[]): void {
    const now = Date.now();
    const kept = new Map<string, Kept>();
    for (const jwk of published) {
      if (isPublicKey(jwk)) kept.set(jwk.kid ?? JSON.stringify(jwk), { jwk, goneAt: undefined });
    }
    for (const [id, { jwk, goneAt = now }] of this.kept) {
      if (!kept.has(id) && now - goneAt < KEEP_MS) kept.set(id, { jwk, goneAt });
    }
    this.kept = kept;
    this.find = createLocalJWKSet({ keys: [...kept.values()].map(({ jwk }) => jwk) });
  }

  private lookLater(ms: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => this.start(), ms).unref();
  }
}

function isPublicKey(jwk: JWK): boolean {
  return ASYMMETRIC.has(jwk.kty!) && jwk.d === undefined && jwk.priv === undefined && jwk.use !== 'enc';
}
