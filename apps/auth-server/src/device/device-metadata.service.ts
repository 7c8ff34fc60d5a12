import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';

/** RFC 8628 §4. */
@Injectable()
@MetadataSource()
export class DeviceMetadata implements MetadataContributor {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  metadata() {
    return { device_authorization_endpoint: `${this.config.issuer}/oauth2/device_authorization` };
  }
}
