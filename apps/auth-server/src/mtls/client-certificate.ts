import type { X509Certificate } from 'node:crypto';
import {
  type ClientCertificate,
  ClientCertificateReader,
  isIssuedBy,
  OAuthError,
  UnreadableCertificateError,
} from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { readAuthorities } from './certificate-authorities.js';

export { certificate, type ClientCertificate } from '@gatehouse/http';

/** Finds the certificate of a request's client: TLS itself has it, or a trusted proxy tells it in a header. */
@Injectable()
export class ClientCertificates {
  private readonly reader: ClientCertificateReader;
  private readonly authorities: readonly X509Certificate[];
  /** Whether clients can present certificates at all. */
  readonly available: boolean;

  constructor(@Inject(CONFIG) config: Config) {
    const asks = config.tlsCertFile !== undefined && config.tlsRequestCert;
    this.available = config.clientCertHeader !== undefined || asks;
    this.authorities = config.clientCaFile ? readAuthorities(config.clientCaFile) : [];
    this.reader = new ClientCertificateReader(config.clientCertHeader, config.trustProxy);
  }

  /** Whether there are authorities, so that a certificate can be trusted for who issued it. */
  get hasAuthorities(): boolean {
    return this.authorities.length > 0;
  }

  /** Whether an authority of GATEHOUSE_CLIENT_CA_FILE issued it. Whatever the proxy checks, it is checked here, too. */
  isTrusted({ x509 }: ClientCertificate): boolean {
    return isIssuedBy(x509, this.authorities);
  }

  /**
   * The certificate, or undefined when the client presented none.
   * @throws OAuthError invalid_request when a trusted proxy's header cannot be read
   */
  certificateOf(request: FastifyRequest): ClientCertificate | undefined {
    try {
      return this.reader.of(request.raw);
    } catch (error) {
      if (!(error instanceof UnreadableCertificateError)) throw error;
      throw new OAuthError('invalid_request', error.message);
    }
  }
}
