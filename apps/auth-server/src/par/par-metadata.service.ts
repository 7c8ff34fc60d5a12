import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';

/** RFC 9126 §5. */
@Injectable()
@MetadataSource()
export class ParMetadata implements MetadataContributor {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  metadata() {
    const { issuer, requirePushedAuthorizationRequests } = this.config;
    return {
      pushed_authorization_request_endpoint: `${issuer}/oauth2/par`,
      require_pushed_authorization_requests: requirePushedAuthorizationRequests,
    };
  }
}
