import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { SIGNING_ALGORITHMS } from '../keys/keys.service.js';
import { OPERATOR_SCOPES, ResourcesService } from '../resources/resources.service.js';
import { GrantTypes } from '../token/grant-types.service.js';
import { type MetadataContributor, MetadataSource, type ServerMetadata } from './metadata-source.js';

/** What the server can do without any capability that could be taken out. */
@Injectable()
@MetadataSource()
export class CoreMetadata implements MetadataContributor {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly grantTypes: GrantTypes,
    private readonly resources: ResourcesService,
  ) {}

  async metadata(): Promise<ServerMetadata> {
    const { issuer } = this.config;
    const scopes = await this.resources.names();
    return {
      issuer,
      token_endpoint: `${issuer}/oauth2/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      introspection_endpoint: `${issuer}/oauth2/introspect`,
      revocation_endpoint: `${issuer}/oauth2/revoke`,
      scopes_supported: scopes.filter((scope) => !OPERATOR_SCOPES.has(scope)),
      grant_types_supported: this.grantTypes.names(),
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...SIGNING_ALGORITHMS],
      claims_supported: [
        'sub',
        'name',
        'preferred_username',
        'email',
        'email_verified',
        'auth_time',
        'nonce',
        'amr',
        'acr',
      ],
    };
  }
}
