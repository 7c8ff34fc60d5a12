import { Module } from '@nestjs/common';
import { EncryptionKeys } from './encryption-keys.service.js';
import { RequestObjectMetadata } from './request-object-metadata.service.js';
import { RequestObjectSource } from './request-object.source.js';
import { RequestUris } from './request-uris.service.js';
import { RequestObjects } from './request-objects.service.js';

/** Signed and encrypted authorization requests (RFC 9101). */
@Module({
  providers: [EncryptionKeys, RequestObjectMetadata, RequestObjects, RequestObjectSource, RequestUris],
})
export class RequestObjectModule {}
