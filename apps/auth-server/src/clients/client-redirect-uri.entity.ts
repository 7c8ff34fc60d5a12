import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Keeps a redirect URI with the client that registered it: a partial unique index over the exclusive ones. */
@Entity('client_redirect_uri')
export class ClientRedirectUri {
  @PrimaryColumn('text')
  uri: string;

  @PrimaryColumn('text', { name: 'client_id' })
  clientId: string;

  /** False where an administrator allows sharing, and for loopback and private-use URIs. */
  @Column('boolean')
  exclusive: boolean;
}
