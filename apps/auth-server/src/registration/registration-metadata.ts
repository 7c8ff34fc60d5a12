import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import {
  type MetadataContributor,
  MetadataSource,
  type ServerMetadata,
} from '../discovery/metadata-source.js';

/** Where clients register (RFC 8414 §2). */
@Injectable()
@MetadataSource()
export class RegistrationMetadata implements MetadataContributor {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  metadata(): ServerMetadata {
    const { issuer, registration } = this.config;
    return { registration_endpoint: registration === 'off' ? undefined : `${issuer}/oauth2/register` };
  }
}
