import { Problem } from '@gatehouse/http';
import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { readRequestPath } from '../proxy/request-path.js';
import { ProtectedResources } from './protected-resources.service.js';
import { WELL_KNOWN_PATH } from './resource-metadata-url.js';

/**
 * `/.well-known/oauth-protected-resource/…` (RFC 9728): which authorization server gives tokens for an API of this
 * gateway, and with which scopes. With it a client needs to know nothing but the API's address.
 */
@Controller(WELL_KNOWN_PATH.slice(1))
export class ProtectedResourceController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly resources: ProtectedResources,
  ) {}

  @Get(['', '*'])
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=60')
  metadata(@Req() request: FastifyRequest) {
    const path = readRequestPath(request.raw.url!)?.path.slice(WELL_KNOWN_PATH.length);
    const found = path === undefined ? undefined : this.resources.find(`${this.config.gatewayUrl}${path}`);
    if (!found) throw new Problem(404, 'No API of this gateway has this address as its audience.');
    return found;
  }
}
