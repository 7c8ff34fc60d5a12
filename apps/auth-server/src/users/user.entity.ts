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

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
