import { html, sendPage } from '@gatehouse/pages';
import { Controller, Get, Inject, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { PageErrorFilter } from '../error-pages/page-error.filter.js';

/** `/`: says what this server is, to whoever opens its address. */
@Controller()
@UseFilters(PageErrorFilter)
export class HomeController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get()
  show(@Res() reply: FastifyReply) {
    return sendPage(reply, 200, {
      title: 'Gatehouse',
      body: html`<h1>Sign-in service</h1>
        <p class="lead">
          Applications send you here to sign in, and take you back afterwards. There is nothing to do on this
          page.
        </p>
        <h2>For developers</h2>
        <dl>
          <dt>Issuer</dt>
          <dd><code>${this.config.issuer}</code></dd>
          <dt>Metadata</dt>
          <dd><a href="/.well-known/openid-configuration">OpenID Connect discovery</a></dd>
          <dd><a href="/.well-known/oauth-authorization-server">OAuth 2.0 server metadata</a></dd>
          <dt>Keys</dt>
          <dd><a href="/jwks">JSON Web Key Set</a></dd>
        </dl>
        <p class="quiet">
          <a href="/account/sessions">Where you are signed in</a> · <a href="/logout">Sign out</a>
        </p>`,
    });
  }
}
