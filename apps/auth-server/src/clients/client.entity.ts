import type { ClientMetadata } from '@gatehouse/client';
import type { Hash } from '@gatehouse/token';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import type { RetiringSecret } from './client-secrets.js';

/**
 * Who registered a client: an administrator, this server for itself and its demo, the client by dynamic registration
 * (RFC 7591), or nobody, as its id is the address of its metadata.
 */
export type ClientOrigin = 'admin' | 'seed' | 'dynamic' | 'metadata_document';

/** What a client's initial access token lets it register, now and in later updates. Absent: what anybody may. */
export interface RegistrationTerms {
  readonly grantTypes?: readonly string[];
  readonly scopes?: readonly string[];
}

@Entity('client')
export class Client {
  @PrimaryColumn('text', { name: 'client_id' })
  clientId: string;

  /** Absent for clients that have none: public ones, and those that prove themselves otherwise. */
  @Column('text', { name: 'secret_hash', nullable: true })
  secretHash: Hash | null;

  /** The secret itself, encrypted under GATEHOUSE_SECRET: of clients that sign with it. */
  @Column('text', { name: 'sealed_secret', nullable: true })
  sealedSecret: string | null;

  /** The secret before this one, during a rotation. */
  @Column('jsonb', { name: 'retiring_secret', nullable: true })
  retiringSecret: RetiringSecret | null;

  @Column('jsonb')
  metadata: ClientMetadata;

  @Column('text')
  origin: ClientOrigin;

  /** Of the registration access token by which a dynamic client manages itself (RFC 7592 §1.2). */
  @Column('text', { name: 'registration_token_hash', nullable: true })
  registrationTokenHash: Hash | null;

  @Column('jsonb', { name: 'registration_terms', nullable: true })
  registrationTerms: RegistrationTerms | null;

  /** When a request last named a client that was not registered by an administrator; exact to a day. */
  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt: Date | null;

  /** Until when a metadata document need not be fetched again. */
  @Column('timestamptz', { name: 'metadata_fresh_until', nullable: true })
  metadataFreshUntil: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
