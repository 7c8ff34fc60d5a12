import type { PublicJwks } from '@gatehouse/client';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** Whom the `sub` of an assertion means: a user of this server by name or id, or somebody only its issuer knows. */
export const SUBJECT_MAPPINGS = ['username', 'user_id', 'own'] as const;
export type SubjectMapping = (typeof SUBJECT_MAPPINGS)[number];

/** Somebody else whose signed word counts (RFC 7523 §2.1), as an administrator registered them. */
@Entity('trusted_issuer')
export class TrustedIssuer {
  @PrimaryColumn('uuid')
  id: string;

  /** The `iss` of its assertions. */
  @Column('text')
  issuer: string;

  @Column('jsonb', { nullable: true })
  jwks: PublicJwks | null;

  @Column('text', { name: 'jwks_uri', nullable: true })
  jwksUri: string | null;

  @Column('text', { name: 'subject_mapping' })
  subjectMapping: SubjectMapping;

  /** Those it may speak for; null: any. */
  @Column('text', { array: true, nullable: true })
  subjects: string[] | null;

  /** What its assertions can be exchanged for, at most. */
  @Column('text', { array: true })
  scopes: string[];

  /** The clients that may bring its assertions; null: any that has the grant type. */
  @Column('text', { name: 'client_ids', array: true, nullable: true })
  clientIds: string[] | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;
}
