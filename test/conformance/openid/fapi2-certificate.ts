import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(process.cwd(), 'test/auth-server/certificates');

/** A server that takes client certificates from a proxy's header (RFC 9440). */
export const WITH_CERTIFICATES = {
  GATEHOUSE_TRUST_PROXY: '127.0.0.1/32',
  GATEHOUSE_CLIENT_CERT_HEADER: 'Client-Cert',
  GATEHOUSE_CLIENT_CA_FILE: join(FOLDER, 'authority.pem'),
};

/** What such a client registers instead of its key (RFC 8705 §2.1.2, §3.4). */
export const CERTIFICATE_METADATA = {
  token_endpoint_auth_method: 'tls_client_auth',
  token_endpoint_auth_signing_alg: undefined,
  tls_client_auth_san_dns: 'client.test',
  tls_client_certificate_bound_access_tokens: true,
  dpop_bound_access_tokens: undefined,
  jwks: undefined,
};

/** RFC 9440 §2.1. */
export function certificate(): Record<string, string> {
  const { raw } = new X509Certificate(readFileSync(join(FOLDER, 'client.pem')));
  return { 'client-cert': `:${raw.toString('base64')}:` };
}
