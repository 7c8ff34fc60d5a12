import type { X509Certificate } from 'node:crypto';

/** Extended key usage (RFC 5280 §4.2.1.12): TLS client authentication. */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Whether a certificate is one for clients, and valid now. */
export function isClientCertificate(x509: X509Certificate): boolean {
  const usages: readonly string[] | undefined = x509.keyUsage;
  return (!usages || usages.includes(CLIENT_AUTH)) && isValidNow(x509);
}

/** Whether one of the authorities issued the certificate itself, for clients, and it is valid now. */
export function isIssuedBy(x509: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  if (!isClientCertificate(x509)) return false;
  return authorities.some((authority) => isValidNow(authority) && issued(authority, x509));
}

function issued(authority: X509Certificate, x509: X509Certificate): boolean {
  return x509.checkIssued(authority) && x509.verify(authority.publicKey);
}

function isValidNow({ validFrom, validTo }: X509Certificate): boolean {
  const now = Date.now();
  return Date.parse(validFrom) <= now && now < Date.parse(validTo);
}
