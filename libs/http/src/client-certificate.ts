import { createHash, X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { proxyTrust } from './trusted-proxy.js';

/** The certificate that a client presented in TLS (RFC 8705). That it holds the private key is proven; no more. */
export interface ClientCertificate {
  readonly x509: X509Certificate;
  /** The `x5t#S256` of RFC 8705 §3.1: SHA-256 of the DER, in base64url. */
  readonly thumbprint: string;
}

/** A trusted proxy's header that holds no certificate. */
export class UnreadableCertificateError extends Error {
  override readonly name = 'UnreadableCertificateError';
  constructor() {
    super('The client certificate in the proxy header cannot be read');
  }
}

/** RFC 9440 §2.1: a byte sequence of RFC 8941. */
const BYTE_SEQUENCE = /^:([A-Za-z0-9+/]+={0,2}):$/;
/** What nginx's `$ssl_client_escaped_cert` gives: one PEM, percent-encoded. */
const ESCAPED_PEM =
  /^-----BEGIN(?:%20| )CERTIFICATE-----[A-Za-z0-9+/=%]+-----END(?:%20| )CERTIFICATE-----(?:%0A)?$/;

/** Finds the certificate of a request's client: a trusted proxy tells it in a header, from all others TLS itself has it. */
export class ClientCertificateReader {
  private readonly trusts: (address: string | undefined) => boolean;

  /**
   * @param header the name of the proxies' header, in lower case; undefined: none is read
   * @param trusted addresses and networks of proxies
   */
  constructor(
    private readonly header: string | undefined,
    trusted: readonly string[],
  ) {
    this.trusts = proxyTrust(trusted);
  }

  /**
   * The certificate, or undefined when the client presented none.
   * @throws UnreadableCertificateError
   */
  of(request: IncomingMessage): ClientCertificate | undefined {
    // Anybody can send a header; only the peer that opened this very connection shows that a proxy wrote it.
    if (this.header === undefined || !this.trusts(request.socket.remoteAddress)) return fromTls(request);
    // The connection is the proxy's, and so is the certificate that it came with: its client's is in the header or nowhere.
    return fromProxy(request.headers[this.header]);
  }
}

/** A certificate with its thumbprint. */
export function certificate(x509: X509Certificate): ClientCertificate {
  return { x509, thumbprint: createHash('sha256').update(x509.raw).digest('base64url') };
}

function fromTls({ socket }: IncomingMessage): ClientCertificate | undefined {
  const tls = socket as Partial<TLSSocket>;
  const x509 = tls.encrypted ? tls.getPeerX509Certificate?.() : undefined;
  return x509 && certificate(x509);
}

function fromProxy(value: string | string[] | undefined): ClientCertificate | undefined {
  if (value === undefined || value === '') return undefined;
  const der = typeof value === 'string' ? derOf(value) : undefined;
  if (der === undefined) throw new UnreadableCertificateError();
  try {
    return certificate(new X509Certificate(der));
  } catch {
    throw new UnreadableCertificateError();
  }
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
