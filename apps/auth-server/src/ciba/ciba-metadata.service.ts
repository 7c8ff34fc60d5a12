import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';

/** OpenID CIBA Core §4. */
@Injectable()
@MetadataSource()
export class CibaMetadata implements MetadataContributor {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  metadata() {
    return {
      backchannel_authentication_endpoint: `${this.config.issuer}/oauth2/bc-authorize`,
      backchannel_token_delivery_modes_supported: ['poll', 'ping'],
      backchannel_user_code_parameter_supported: false,
    };
  }
}
