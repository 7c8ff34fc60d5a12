import { Injectable } from '@nestjs/common';
import {
  type MetadataContributor,
  MetadataSource,
  type ServerMetadata,
} from '../../discovery/metadata-source.js';
import { ClientAuthenticators } from './client-authenticators.service.js';

/** How clients may authenticate, at each endpoint where they do (RFC 8414 §2). */
@Injectable()
@MetadataSource()
export class AuthenticationMetadata implements MetadataContributor {
  constructor(private readonly authenticators: ClientAuthenticators) {}

  metadata(): ServerMetadata {
    const methods = this.authenticators.names();
    const algorithms = this.authenticators.signingAlgorithms();
    return {
      token_endpoint_auth_methods_supported: methods,
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      // RFC 7662 §2.1: a public client could be anybody.
      introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
      introspection_endpoint_auth_signing_alg_values_supported: algorithms,
      revocation_endpoint_auth_methods_supported: methods,
      revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    };
  }
}
