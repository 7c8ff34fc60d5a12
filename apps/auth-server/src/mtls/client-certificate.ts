import { createHash, X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { isIssuedBy, readAuthorities } from './certificate-authorities.js';
import { proxyTrust } from './trusted-proxy.js';

/** The certificate that a client presented in TLS (RFC 8705). That it holds the private key is proven; no more. */
export interface ClientCertificate {
  readonly x509: X509Certificate;
  /** The `x5t#S256` of RFC 8705 §3.1: SHA-256 of the DER, in base64url. */
  readonly thumbprint: string;
}

/** RFC 9440 §2.1: a byte sequence of RFC 8941. */
const BYTE_SEQUENCE = /^:([A-Za-z0-9+/]+={0,2}):$/;
/** What nginx's `$ssl_client_escaped_cert` gives: one PEM, percent-encoded. */
const ESCAPED_PEM =
  /^-----BEGIN(?:%20| )CERTIFICATE-----[A-Za-z0-9+/=%]+-----END(?:%20| )CERTIFICATE-----(?:%0A)?$/;

/** Finds the certificate of a request's client: TLS itself has it, or a trusted proxy tells it in a header. */
@Injectable()
export class ClientCertificates {
  private readonly header: string | undefined;
  private readonly trusts: (address: string | undefined) => boolean;
  private readonly asks: boolean;
  private readonly authorities: readonly X509Certificate[];

  constructor(@Inject(CONFIG) config: Config) {
    this.header = config.clientCertHeader;
    this.asks = config.tlsCertFile !== undefined && config.tlsRequestCert;
    this.authorities = config.clientCaFile ? readAuthorities(config.clientCaFile) : [];
    this.trusts = proxyTrust(config.trustProxy);
  }

  /** Whether clients can present certificates at all. */
  get available(): boolean {
    return this.header !== undefined || this.asks;
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
    return fromTls(request) ?? this.fromProxy(request);
  }

  /** Anybody can send a header; only the peer that opened this very connection shows that a proxy wrote it. */
  private fromProxy(request: FastifyRequest): ClientCertificate | undefined {
    if (this.header === undefined || !this.trusts(request.raw.socket.remoteAddress)) return undefined;
    const value = request.headers[this.header];
    if (value === undefined || value === '') return undefined;
    const der = typeof value === 'string' ? derOf(value) : undefined;
    if (der === undefined) throw unreadable();
    try {
      return certificate(new X509Certificate(der));
    } catch {
      throw unreadable();
    }
  }
}

/** A certificate with its thumbprint. */
export function certificate(x509: X509Certificate): ClientCertificate {
  return { x509, thumbprint: createHash('sha256').update(x509.raw).digest('base64url') };
}

function fromTls(request: FastifyRequest): ClientCertificate | undefined {
  const socket = request.raw.socket as Partial<TLSSocket>;
  const x509 = socket.encrypted ? socket.getPeerX509Certificate?.() : undefined;
  return x509 && certificate(x509);
}

function derOf(value: string): Buffer | string | undefined {
  const bytes = BYTE_SEQUENCE.exec(value)?.[1];
  if (bytes !== undefined) return Buffer.from(bytes, 'base64');
  if (!ESCAPED_PEM.test(value)) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function unreadable(): OAuthError {
  return new OAuthError('invalid_request', 'The client certificate in the proxy header cannot be read');
}
