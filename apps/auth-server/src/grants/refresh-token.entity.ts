import type { Confirmation, Hash } from '@gatehouse/token';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One link of a grant's chain of refresh tokens. */
@Entity('refresh_token')
export class RefreshToken {
  @PrimaryColumn('text')
  hash: Hash;

  @Column('uuid', { name: 'grant_id' })
  grantId: string;

  @Column('timestamptz', { name: 'issued_at' })
  issuedAt: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;

  /** Set when it was exchanged for its successor. */
  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;

  /** The successor, encrypted under a key derived from this token: for a client whose answer was lost. */
  @Column('text', { nullable: true })
  successor: string | null;

  /** The key of a public client that it is bound to (RFC 9449 §5, RFC 8705 §4). */
  @Column('jsonb', { nullable: true })
  confirmation: Confirmation | null;
}
