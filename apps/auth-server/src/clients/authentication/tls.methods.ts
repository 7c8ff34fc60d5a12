import { type PublicJwks } from '@gatehouse/client';
import { GuardedFetchError } from '@gatehouse/guarded-fetch';
import { InvalidTokenError } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { X509Certificate } from 'node:crypto';
import { certificateNames } from '../../mtls/certificate-names.js';
import { certificate, ClientCertificates } from '../../mtls/client-certificate.js';
import { RemoteKeySets } from '../../outbound/remote-key-sets.service.js';
import type { Client } from '../client.entity.js';
import {
  type ClientAuthenticationMethod,
  type ClientAuthenticationRequest,
  ClientAuthenticator,
} from './client-authenticator.js';

/** RFC 8705 §2.1: a certificate of a trusted authority, which names the client as it is registered. */
@Injectable()
@ClientAuthenticator('tls_client_auth')
export class TlsClientAuth implements ClientAuthenticationMethod {
  readonly byIdAlone = true;
  readonly available: boolean;

  constructor(private readonly certificates: ClientCertificates) {
    this.available = certificates.available && certificates.hasAuthorities;
  }

  claim({ parameters }: ClientAuthenticationRequest): string | undefined {
    return parameters.client_id;
  }

  proves({ metadata }: Client, { certificate }: ClientAuthenticationRequest): boolean {
    if (!certificate) throw new InvalidTokenError('The client presented no certificate');
    if (!this.certificates.isTrusted(certificate)) {
      throw new InvalidTokenError('The certificate is not of a trusted authority, or not valid now');
    }
    return certificateNames(certificate.x509, metadata);
  }
}

/** RFC 8705 §2.2: the certificate itself is registered, in the client's key set. */
@Injectable()
@ClientAuthenticator('self_signed_tls_client_auth')
export class SelfSignedTlsClientAuth implements ClientAuthenticationMethod {
  readonly byIdAlone = true;
  readonly available: boolean;

  constructor(
    certificates: ClientCertificates,
    private readonly remote: RemoteKeySets,
  ) {
    this.available = certificates.available;
  }

  claim({ parameters }: ClientAuthenticationRequest): string | undefined {
    return parameters.client_id;
  }

  async proves({ metadata }: Client, { certificate }: ClientAuthenticationRequest): Promise<boolean> {
    if (!certificate) throw new InvalidTokenError('The client presented no certificate');
    const { jwks, jwks_uri: uri } = metadata;
    if (uri === undefined) return holds(jwks, certificate.thumbprint);
    return (
      holds(await this.fetched(uri, false), certificate.thumbprint) ||
      holds(await this.fetched(uri, true), certificate.thumbprint)
    );
  }

  private async fetched(uri: string, missing: boolean): Promise<PublicJwks> {
    try {
      return await this.remote.get(uri, missing);
    } catch (error) {
      if (error instanceof GuardedFetchError) throw new InvalidTokenError(`jwks_uri: ${error.reason}`);
      throw error;
    }
  }
}

function holds(jwks: PublicJwks | undefined, thumbprint: string): boolean {
  return (jwks?.keys ?? []).some((key) => thumbprintOf(key.x5c) === thumbprint);
}

/** RFC 7517 §4.7: base64, not base64url, of the DER; the first is the key's own certificate. */
function thumbprintOf(x5c: unknown): string | undefined {
  const first: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
  if (typeof first !== 'string') return undefined;
  try {
    return certificate(new X509Certificate(Buffer.from(first, 'base64'))).thumbprint;
  } catch {
    return undefined;
  }
}
