import type { JWK } from 'jose';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** What this server signs with (RFC 7518 §3.1, RFC 8037 §3.1; EdDSA with Ed25519). */
export const SIGNING_ALGORITHMS = ['ES256', 'RS256', 'PS256', 'EdDSA'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

@Entity('signing_key')
export class SigningKey {
  @PrimaryColumn('text')
  kid: string;

  @Column('text')
  alg: SigningAlgorithm;

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: JWK;

  /** PKCS #8, encrypted under GATEHOUSE_SECRET. */
  @Column('text', { name: 'sealed_private_key' })
  sealedPrivateKey: string;

  /** It signs from here on, until the next key of its algorithm does. Before, it is only published. */
  @Column('timestamptz', { name: 'active_at' })
  activeAt: Date;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
