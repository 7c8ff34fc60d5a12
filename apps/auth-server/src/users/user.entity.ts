import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** An End-User (OpenID Connect Core §1.2). */
@Entity('user_account')
export class User {
  /** The `sub`. */
  @PrimaryColumn('uuid')
  id: string;

  /** In lower case; unique. */
  @Column('text')
  username: string;

  /** argon2id, in PHC format. */
  @Column('text', { name: 'password_hash' })
  passwordHash: string;

  @Column('text')
  name: string;

  @Column('text', { nullable: true })
  email: string | null;

  @Column('boolean', { name: 'email_verified' })
  emailVerified: boolean;

  @Column('boolean')
  administrator: boolean;

  /** Claims by their names in OpenID Connect Core §5.1 beside those above, and in-house ones, for administrators to map. */
  @Column('jsonb')
  profile: Readonly<Record<string, unknown>>;

  /** Since when they may not sign in. */
  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt: Date | null;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
