import type { ClientMetadata } from '@gatehouse/client';
import type { Hash } from '@gatehouse/token';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** Who registered a client: an administrator, or this server for itself and its demo. */
export type ClientOrigin = 'admin' | 'seed';

@Entity('client')
export class Client {
  @PrimaryColumn('text', { name: 'client_id' })
  clientId: string;

  /** Absent for public clients. */
  @Column('text', { name: 'secret_hash', nullable: true })
  secretHash: Hash | null;

  @Column('jsonb')
  metadata: ClientMetadata;

  @Column('text')
  origin: ClientOrigin;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
