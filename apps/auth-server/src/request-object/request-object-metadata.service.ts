import { Injectable } from '@nestjs/common';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';
import { ENCRYPTION_ALGORITHMS } from './encryption-key.entity.js';
import { CONTENT_ENCRYPTIONS } from './encryption-keys.service.js';
import { REQUEST_OBJECT_ALGORITHMS } from './request-objects.service.js';

/** RFC 9101 §10.5, OpenID Connect Discovery §3. */
@Injectable()
@MetadataSource()
export class RequestObjectMetadata implements MetadataContributor {
  metadata() {
    return {
      request_object_signing_alg_values_supported: [...REQUEST_OBJECT_ALGORITHMS],
      request_object_encryption_alg_values_supported: [...ENCRYPTION_ALGORITHMS],
      request_object_encryption_enc_values_supported: [...CONTENT_ENCRYPTIONS],
      require_request_uri_registration: true,
    };
  }
}
