import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { StartError } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { es256Signer, type JwsSigner, rs256Signer } from './jws-signer.js';
import { SigningKey } from './signing-key.entity.js';

export type SigningAlgorithm = SigningKey['alg'];

export const SIGNING_ALGORITHMS: readonly SigningAlgorithm[] = ['ES256', 'RS256'];

const RELOAD_MS = 10_000;

interface ActiveKey {
  readonly kid: string;
  readonly sign: JwsSigner;
}

/** The server's signing keys: made at the first start, encrypted at rest, shared by all replicas. */
@Injectable()
export class KeysService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(KeysService.name);
  private readonly box: SecretBox;
  private readonly active = new Map<SigningAlgorithm, ActiveKey>();
  private published: JSONWebKeySet = { keys: [] };
  private resolver = createLocalJWKSet({ keys: [] });
  private timer: NodeJS.Timeout;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(CONFIG) config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'signing keys');
  }

  async onModuleInit(): Promise<void> {
    await this.create();
    await this.load();
    this.timer = setInterval(() => void this.reload(), RELOAD_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** A compact JWS of the claims. @param typ tells kinds of JWT apart (RFC 8725 §3.11) */
  sign(alg: SigningAlgorithm, typ: string, claims: JWTPayload): string | Promise<string> {
    return this.active.get(alg)!.sign(typ, claims);
  }

  /** The public keys (RFC 7517 §5). */
  jwks(): JSONWebKeySet {
    return this.published;
  }

  /** Finds the key of a JWT that this server signed, for jose. */
  readonly resolve: JWTVerifyGetKey = (header, token) => this.resolver(header, token);

  private async create(): Promise<void> {
    await this.database.transaction(async (manager) => {
      // Replicas that start together agree on the first one's keys.
      await manager.query("SELECT pg_advisory_xact_lock(hashtext('gatehouse signing keys'))");
      for (const alg of SIGNING_ALGORITHMS) {
        if (await manager.existsBy(SigningKey, { alg })) continue;
        await manager.insert(SigningKey, await this.generate(alg));
        this.logger.log(`Made a signing key for ${alg}`);
      }
    });
  }

  private async generate(alg: SigningAlgorithm) {
    const { publicKey, privateKey } =
      alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = publicKey.export({ format: 'jwk' });
    const kid = await calculateJwkThumbprint(jwk as Parameters<typeof calculateJwkThumbprint>[0]);
    return {
      kid,
      alg,
      publicJwk: { ...jwk, kid, alg, use: 'sig' } as SigningKey['publicJwk'],
      sealedPrivateKey: this.box.seal(pkcs8(privateKey), kid),
    };
  }

  private async load(): Promise<void> {
    const rows = await this.database.getRepository(SigningKey).find({ order: { createdAt: 'DESC' } });
    for (const alg of SIGNING_ALGORITHMS) {
      const row = rows.find((one) => one.alg === alg);
      if (!row || this.active.get(alg)?.kid === row.kid) continue;
      const makeSigner = alg === 'ES256' ? es256Signer : rs256Signer;
      this.active.set(alg, { kid: row.kid, sign: await makeSigner(this.open(row), row.kid) });
    }
    this.published = { keys: rows.map((row) => row.publicJwk) };
    this.resolver = createLocalJWKSet(this.published);
  }

  private open(row: SigningKey): string {
    try {
      return this.box.open(row.sealedPrivateKey, row.kid);
    } catch {
      throw new StartError(
        'GATEHOUSE_SECRET: the signing keys in the database were encrypted under another secret; set that one again',
      );
    }
  }

  private async reload(): Promise<void> {
    try {
      await this.load();
    } catch (error) {
      this.logger.warn(`The signing keys could not be read again: ${(error as Error).message}`);
    }
  }
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}
