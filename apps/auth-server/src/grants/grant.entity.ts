import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** What one authorization gave a client: every token issued under it carries its id, and dies with it. */
@Entity('oauth_grant')
export class Grant {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text', { name: 'client_id' })
  clientId: string;

  @Column('uuid', { name: 'user_id' })
  userId: string;

  @Column('text', { array: true })
  scopes: string[];

  /** The resources (RFC 8707) that tokens of this grant may be for. */
  @Column('text', { array: true })
  resources: string[];

  /** When the user proved who they are (OpenID Connect Core §2, `auth_time`). */
  @Column('timestamptz', { name: 'auth_time' })
  authTime: Date;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
