import { Column, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

/** A type of authorization details that an administrator has registered. */
@Entity('authorization_details_type')
export class DetailsType {
  @PrimaryColumn('text')
  type: string;

  /** The heading of such a detail at consent. */
  @Column('text')
  title: string;

  /** A JSON Schema of the detail. */
  @Column('jsonb')
  schema: Readonly<Record<string, unknown>>;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;
}
