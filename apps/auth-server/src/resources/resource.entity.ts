import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { SigningAlgorithm } from '../keys/keys.service.js';

/** What a resource (an API, RFC 8707) wants of its access tokens; one that wants nothing special has no row. */
@Entity('resource')
export class Resource {
  @PrimaryColumn('text')
  resource: string;

  /** A JWT (RFC 9068) that it verifies itself, or a value that only introspection explains. */
  @Column('text', { name: 'access_token_format' })
  accessTokenFormat: 'jwt' | 'opaque';

  /** Seconds; absent: as the client has it. */
  @Column('integer', { name: 'access_token_lifetime', nullable: true })
  accessTokenLifetime: number | null;

  @Column('text', { name: 'access_token_signing_alg' })
  accessTokenSigningAlg: SigningAlgorithm;

  /** Claims of its access tokens, each by the user's claim that it is taken from. */
  @Column('jsonb', { name: 'claims_mapping' })
  claimsMapping: Record<string, string>;
}
