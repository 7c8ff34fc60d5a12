import { Controller, Get, Header } from '@nestjs/common';
import { MetadataService } from './metadata.service.js';

/** What this server can do, for clients to find out: RFC 8414 and OpenID Connect Discovery §3, one document for both. */
@Controller('.well-known')
export class DiscoveryController {
  constructor(private readonly service: MetadataService) {}

  @Get(['openid-configuration', 'oauth-authorization-server'])
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=60')
  metadata() {
    return this.service.metadata();
  }
}
