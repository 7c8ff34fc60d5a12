import { Problem } from '@gatehouse/http';
import { Controller, Get, Header, Inject, Param } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { protectedResources } from './protected-resources.js';

/** What this server's own APIs ask of tokens: OAuth 2.0 Protected Resource Metadata (RFC 9728 §3). */
@Controller('.well-known/oauth-protected-resource')
export class ProtectedResourceController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get()
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=60')
  ofIssuer() {
    return this.of('');
  }

  @Get('*')
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=60')
  ofPath(@Param('*') path: string) {
    return this.of(`/${path}`);
  }

  private of(path: string) {
    const { issuer } = this.config;
    const { pathname } = new URL(issuer);
    const base = pathname === '/' ? '' : pathname;
    const found = protectedResources(issuer).find(
      (one) => `${base}${one.path}` === path || one.path === path,
    );
    if (!found) throw new Problem(404, 'There is no protected resource at this address.');
    return {
      resource: found.resource,
      authorization_servers: [issuer],
      scopes_supported: found.scopes,
      bearer_methods_supported: ['header'],
      resource_name: found.name,
    };
  }
}
