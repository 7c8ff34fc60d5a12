import { Inject, Injectable, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import {
  type MetadataContributor,
  MetadataSource,
  type ServerMetadata,
} from '../discovery/metadata-source.js';
import { CheckSessionController } from './check-session.controller.js';

@Injectable()
@MetadataSource()
class SessionManagementMetadata implements MetadataContributor {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** OpenID Connect Session Management §3.3. */
  metadata(): ServerMetadata {
    const { issuer, sessionManagement } = this.config;
    return { check_session_iframe: sessionManagement ? `${issuer}/check-session` : undefined };
  }
}

/** OpenID Connect Session Management, by GATEHOUSE_SESSION_MANAGEMENT. */
@Module({ controllers: [CheckSessionController], providers: [SessionManagementMetadata] })
export class SessionManagementModule {}
