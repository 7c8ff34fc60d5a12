import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A call, or several that were added up. */
@Entity('usage')
export class UsageRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id: string;

  @Column('timestamptz')
  at: Date;

  @Column('text', { nullable: true })
  route: string | null;

  @Column('text', { nullable: true })
  api: string | null;

  @Column('text')
  method: string;

  @Column('smallint')
  status: number;

  @Column('text', { nullable: true })
  consumer: string | null;

  @Column('text', { nullable: true })
  client: string | null;

  @Column('text', { nullable: true })
  subject: string | null;

  @Column('text', { nullable: true })
  upstream: string | null;

  @Column('text', { nullable: true })
  part: string | null;

  @Column('bigint', { name: 'bytes_in' })
  bytesIn: string;

  @Column('bigint', { name: 'bytes_out' })
  bytesOut: string;

  @Column('double precision', { name: 'duration_ms' })
  durationMs: number;

  @Column('double precision', { name: 'upstream_ms', nullable: true })
  upstreamMs: number | null;

  @Column('smallint')
  tries: number;

  @Column('text', { nullable: true })
  fault: string | null;

  @Column('text', { nullable: true })
  cache: string | null;

  @Column('bigint')
  calls: string;
}
