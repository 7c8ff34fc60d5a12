import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What a revocation names: one token, all of a grant, a client or a user, or all that a key signed. */
export type RevocationKind = 'jti' | 'grant' | 'client' | 'user' | 'key';

/** An entry of the revocation feed. Ids grow in the order of commits: they are the feed's cursor. */
@Entity('revocation')
export class Revocation {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: string;

  @Column('text')
  kind: RevocationKind;

  @Column('text')
  value: string;

  /** Tokens issued before this are revoked. */
  @Column('timestamptz')
  before: Date;

  /** No token it names lives longer; then the entry may be forgotten. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt: Date;
}
