import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A scope of a resource (an API, RFC 8707): asking for the scope asks for a token with the resource as audience. */
@Entity('resource_scope')
export class ResourceScope {
  /** The resource's identifier, an absolute URI: the `aud` of its tokens. */
  @PrimaryColumn('text')
  resource: string;

  @PrimaryColumn('text')
  scope: string;

  /** Shown to the user at consent. */
  @Column('text')
  description: string;
}
