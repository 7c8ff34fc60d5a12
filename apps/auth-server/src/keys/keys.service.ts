import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '@gatehouse/http';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { type JwsSigner, jwsSigner } from './jws-signer.js';
import type { SigningAlgorithm } from './signing-key.entity.js';
import { type KeyInForce, SigningKeys } from './signing-keys.service.js';

export { SIGNING_ALGORITHMS, type SigningAlgorithm } from './signing-key.entity.js';

const LOOK_MS = 1_000;
/** Another replica may sign with a key of this moment: who meets it looks, but no more often than this. */
const LOOK_AGAIN_MS = 200;
const MAINTAIN_MS = 60_000;

interface ActiveKey {
  readonly kid: string;
  readonly sign: JwsSigner;
}

/** The server's signing keys in this process: signs, and finds what verifies. */
@Injectable()
export class KeysService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(KeysService.name);
  private readonly active = new Map<SigningAlgorithm, ActiveKey>();
  private published: JSONWebKeySet = { keys: [] };
  private others: readonly JWK[] = [];
  private kids: ReadonlySet<string> = new Set();
  private resolver = createLocalJWKSet({ keys: [] });
  private version: string | undefined;
  private lookedAt = 0;
  private looking: Promise<void> | undefined;
  private lookingAgain: Promise<void> | undefined;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly signingKeys: SigningKeys) {}

  async onModuleInit(): Promise<void> {
    await this.maintain();
    await this.look();
    this.timers.push(setInterval(() => void this.quietly(() => this.look()), LOOK_MS).unref());
    this.timers.push(setInterval(() => void this.quietly(() => this.maintain()), MAINTAIN_MS).unref());
  }

  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.looking?.catch(() => undefined);
  }

  /** A compact JWS of the claims. @param typ tells kinds of JWT apart (RFC 8725 §3.11) */
  sign(alg: SigningAlgorithm, typ: string, claims: JWTPayload): string | Promise<string> {
    return this.active.get(alg)!.sign(typ, claims);
  }

  /** The public keys (RFC 7517 §5). */
  jwks(): JSONWebKeySet {
    return { keys: [...this.published.keys, ...this.others] };
  }

  /** Whether a key verifies what it signed. */
  has(kid: string): boolean {
    return this.kids.has(kid);
  }

  /** Publishes keys that nothing is signed with: those to encrypt for. */
  publish(keys: readonly JWK[]): void {
    this.others = [...this.others, ...keys];
  }

  /** Finds the key of a JWT that this server signed, for jose. */
  readonly resolve: JWTVerifyGetKey = async (header, token) => {
    try {
      return await this.resolver(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.lookAgain();
      return this.resolver(header, token);
    }
  };

  /** Reads the keys where they changed; calls that overlap share one run. */
  look(): Promise<void> {
    this.looking ??= this.read().finally(() => (this.looking = undefined));
    return this.looking;
  }

  private lookAgain(): Promise<void> {
    const wait = Math.max(0, this.lookedAt + LOOK_AGAIN_MS - Date.now());
    this.lookingAgain ??= sleep(wait)
      .then(() => this.look())
      .finally(() => (this.lookingAgain = undefined));
    return this.lookingAgain;
  }

  private async read(): Promise<void> {
    const version = await this.signingKeys.version();
    if (version !== this.version) {
      await this.load(await this.signingKeys.list());
      this.version = version;
    }
    this.lookedAt = Date.now();
  }

  private async load(keys: readonly KeyInForce[]): Promise<void> {
    for (const key of keys) {
      if (key.state !== 'signing' || this.active.get(key.alg)?.kid === key.kid) continue;
      const sign = await jwsSigner(key.alg, this.open(key), key.kid);
      this.active.set(key.alg, { kid: key.kid, sign });
    }
    this.published = { keys: keys.map((key) => key.publicJwk) };
    this.kids = new Set(keys.map(({ kid }) => kid));
    this.resolver = createLocalJWKSet(this.published);
  }

  private open(key: KeyInForce): string {
    try {
      return this.signingKeys.open(key);
    } catch {
      throw new StartError(
        'GATEHOUSE_SECRET: the signing keys in the database were encrypted under another secret; set that one again',
      );
    }
  }

  private async maintain(): Promise<void> {
    const made = await this.signingKeys.maintain();
    if (made.length > 0) this.logger.log(`Made signing keys for ${made.join(', ')}`);
  }

  private async quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.warn(`The signing keys could not be read again: ${(error as Error).message}`);
    }
  }
}
