import type { JWK } from 'jose';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity('signing_key')
export class SigningKey {
  @PrimaryColumn('text')
  kid: string;

  @Column('text')
  alg: 'ES256' | 'RS256';

  @Column('jsonb', { name: 'public_jwk' })
  publicJwk: JWK;

  /** PKCS #8, encrypted under GATEHOUSE_SECRET. */
  @Column('text', { name: 'sealed_private_key' })
  sealedPrivateKey: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
