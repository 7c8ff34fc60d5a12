import type { AuthorizationDetail } from '../authorize/authorization-details.js';
import type { ClaimsRequest } from '../authorize/claims-request.js';
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

  /** How (RFC 8176). */
  @Column('text', { array: true })
  amr: string[];

  /** The `claims` parameter of its request, which /userinfo honours (OpenID Connect Core §5.5). */
  @Column('jsonb', { nullable: true })
  claims: ClaimsRequest | null;

  /** RFC 9396. */
  @Column('jsonb', { name: 'authorization_details', nullable: true })
  authorizationDetails: readonly AuthorizationDetail[] | null;

  /** The login session it came from: without `offline_access` it ends with it. */
  @Column('text', { name: 'session_id', nullable: true })
  sessionId: string | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt: Date | null;
}
