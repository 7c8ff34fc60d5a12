import { OAuthError } from '@gatehouse/http';
import { equalSecrets, InvalidTokenError } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';
import { ClientCertificates } from '../mtls/client-certificate.js';
import {
  type PossessionMethod,
  ProofOfPossession,
  type TokenExchange,
  type TokenUse,
} from '../possession/possession-method.js';

/** Binds the tokens of clients that ask for it to the certificate of their TLS connection (RFC 8705 §3). */
@Injectable()
@ProofOfPossession()
@MetadataSource()
export class CertificateBinding implements PossessionMethod, MetadataContributor {
  readonly member = 'x5t#S256';

  constructor(private readonly certificates: ClientCertificates) {}

  /** RFC 8705 §3.3. */
  metadata() {
    return this.certificates.available ? { tls_client_certificate_bound_access_tokens: true } : {};
  }

  async confirm({ request, client }: TokenExchange): Promise<string | undefined> {
    if (client.metadata.tls_client_certificate_bound_access_tokens !== true) return undefined;
    const certificate = this.certificates.certificateOf(request);
    if (!certificate) {
      throw new OAuthError(
        'invalid_request',
        'The client has only certificate-bound tokens, and presents no certificate (RFC 8705 section 3)',
      );
    }
    return certificate.thumbprint;
  }

  async prove({ request }: TokenUse, value: string): Promise<void> {
    const certificate = this.certificates.certificateOf(request);
    if (!certificate || !equalSecrets(certificate.thumbprint, value))
      throw new InvalidTokenError('The token is bound to another certificate');
  }
}
