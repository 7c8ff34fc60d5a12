import type { JWK } from 'jose';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** The `alg` by which others may encrypt for this server (RFC 7518 §4). */
export const ENCRYPTION_ALGORITHMS = ['RSA-OAEP-256', 'ECDH-ES'] as const;
export type EncryptionAlgorithm = (typeof ENCRYPTION_ALGORITHMS)[number];

@Entity('encryption_key')
export class EncryptionKey {
  @PrimaryColumn('text')
  kid: string;

  @Column('text')
  alg: EncryptionAlgorithm;

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: JWK;

  /** PKCS #8, encrypted under GATEHOUSE_SECRET. */
  @Column('text', { name: 'sealed_private_key' })
  sealedPrivateKey: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
