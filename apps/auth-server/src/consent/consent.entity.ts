import { Entity, PrimaryColumn, Column, UpdateDateColumn } from 'typeorm';

/** What a user has allowed a client so far; a request within it is not asked about again. */
@Entity('consent')
export class Consent {
  @PrimaryColumn('uuid', { name: 'user_id' })
  userId: string;

  @PrimaryColumn('text', { name: 'client_id' })
  clientId: string;

  /** And the resources that they are for (RFC 8707): two APIs may have a scope of the same name. */
  @Column('text', { array: true })
  scopes: string[];

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
