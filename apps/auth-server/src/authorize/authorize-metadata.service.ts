import { Inject, Injectable } from '@nestjs/common';
import { OFFERED_ACRS } from '../acr/acr.js';
import { CONFIG, type Config } from '../config.js';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';
import { PROMPTS } from './prompt.js';
import { RequestSources } from './request-sources/request-sources.service.js';
import { ResponseModes } from './response-modes/response-modes.service.js';
import { UI_LOCALES } from './ui-locales.js';
import { ResponseTypes } from './response-types/response-types.service.js';

/** What the authorization endpoint can do. */
@Injectable()
@MetadataSource()
export class AuthorizeMetadata implements MetadataContributor {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly types: ResponseTypes,
    private readonly modes: ResponseModes,
    private readonly sources: RequestSources,
  ) {}

  metadata() {
    return {
      authorization_endpoint: `${this.config.issuer}/oauth2/authorize`,
      response_types_supported: this.types.names(),
      response_modes_supported: this.modes.names(),
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
      claims_parameter_supported: true,
      acr_values_supported: [...OFFERED_ACRS],
      display_values_supported: ['page', 'popup', 'touch'],
      ui_locales_supported: [...UI_LOCALES],
      request_parameter_supported: this.sources.announces('request'),
      // Said in any case: left out it would mean yes (OpenID Connect Discovery §3).
      request_uri_parameter_supported: this.sources.announces('request_uri'),
      prompt_values_supported: [...PROMPTS],
    };
  }
}
