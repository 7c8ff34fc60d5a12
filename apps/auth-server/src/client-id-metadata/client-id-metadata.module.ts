import { Injectable, Inject, Module } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import {
  type MetadataContributor,
  MetadataSource,
  type ServerMetadata,
} from '../discovery/metadata-source.js';
import { ClientIdMetadata } from './client-id-metadata.service.js';
import { MetadataDocuments } from './metadata-documents.service.js';

@Injectable()
@MetadataSource()
class ClientIdMetadataSupport implements MetadataContributor {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  /** Draft §5. */
  metadata(): ServerMetadata {
    return { client_id_metadata_document_supported: this.config.clientIdMetadata };
  }
}

/** Client ID Metadata Documents: clients without a registration, as MCP has them. */
@Module({ providers: [ClientIdMetadata, ClientIdMetadataSupport, MetadataDocuments] })
export class ClientIdMetadataModule {}
