import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import {
  type MetadataContributor,
  MetadataSource,
  type ServerMetadata,
} from '../discovery/metadata-source.js';

/** OpenID Connect RP-Initiated Logout §2.1, Front-Channel Logout §3, Back-Channel Logout §2.1. */
@Injectable()
@MetadataSource()
export class LogoutMetadata implements MetadataContributor {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  metadata(): ServerMetadata {
    return {
      end_session_endpoint: `${this.config.issuer}/logout`,
      frontchannel_logout_supported: true,
      frontchannel_logout_session_supported: true,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    };
  }
}
