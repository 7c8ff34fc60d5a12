import { generateKeyPairSync } from 'node:crypto';
import { StartError } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { calculateJwkThumbprint, compactDecrypt, type CryptoKey, importPKCS8, type JWK } from 'jose';
import { DataSource } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { KeysService } from '../keys/keys.service.js';
import { type EncryptionAlgorithm, ENCRYPTION_ALGORITHMS, EncryptionKey } from './encryption-key.entity.js';

/** How the content may be encrypted (RFC 7518 §5). */
export const CONTENT_ENCRYPTIONS = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM'];

/** The keys that clients encrypt for: published in the JWK Set with `use` enc, shared by all replicas. */
@Injectable()
export class EncryptionKeys implements OnModuleInit {
  private readonly box: SecretBox;
  private readonly keys = new Map<string, CryptoKey>();

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly published: KeysService,
    @Inject(CONFIG) config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'encryption keys');
  }

  async onModuleInit(): Promise<void> {
    await this.create();
    const rows = await this.database.getRepository(EncryptionKey).find({ order: { alg: 'ASC' } });
    for (const row of rows) this.keys.set(row.alg, await importPKCS8(this.open(row), row.alg));
    this.published.publish(rows.map((row) => row.publicJwk));
  }

  /** The plaintext of a compact JWE (RFC 7516 §7.1). @throws when it is not for one of the keys, or was changed */
  async decrypt(jwe: string): Promise<string> {
    const { plaintext } = await compactDecrypt(jwe, ({ alg }) => this.keys.get(alg)!, {
      keyManagementAlgorithms: [...ENCRYPTION_ALGORITHMS],
      contentEncryptionAlgorithms: CONTENT_ENCRYPTIONS,
    });
    return Buffer.from(plaintext).toString('utf8');
  }

  private async create(): Promise<void> {
    await this.database.transaction(async (manager) => {
      // Replicas that start together agree on the first one's keys.
      await manager.query("SELECT pg_advisory_xact_lock(hashtext('gatehouse encryption keys'))");
      for (const alg of ENCRYPTION_ALGORITHMS) {
        if (await manager.existsBy(EncryptionKey, { alg })) continue;
        await manager.insert(EncryptionKey, (await this.generate(alg)) as never);
      }
    });
  }

  private async generate(alg: EncryptionAlgorithm) {
    const { publicKey, privateKey } =
      alg === 'ECDH-ES'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
    const jwk = publicKey.export({ format: 'jwk' }) as JWK;
    const kid = await calculateJwkThumbprint(jwk);
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    return {
      kid,
      alg,
      publicJwk: { ...jwk, kid, alg, use: 'enc' },
      sealedPrivateKey: this.box.seal(pem, kid),
    };
  }

  private open(row: EncryptionKey): string {
    try {
      return this.box.open(row.sealedPrivateKey, row.kid);
    } catch {
      throw new StartError(
        'GATEHOUSE_SECRET: the encryption keys in the database were encrypted under another secret; set that one again',
      );
    }
  }
}
