import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { StartError } from '@gatehouse/http';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** Extended key usage (RFC 5280 §4.2.1.12): TLS client authentication. */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/**
 * Reads the authorities whose certificates clients may authenticate with.
 * @throws StartError when there are none
 */
export function readAuthorities(file: string): X509Certificate[] {
  try {
    const authorities = (readFileSync(file, 'utf8').match(PEM) ?? []).map((pem) => new X509Certificate(pem));
    if (authorities.length > 0 && authorities.every((one) => one.ca)) return authorities;
  } catch (error) {
    throw new StartError(`GATEHOUSE_CLIENT_CA_FILE: ${file} cannot be read: ${(error as Error).message}`);
  }
  throw new StartError(
    `GATEHOUSE_CLIENT_CA_FILE: ${file} must hold certificates of authorities, in PEM, and no others`,
  );
}

/** Whether one of the authorities issued the certificate itself, for clients, and it is valid now. */
export function isIssuedBy(x509: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  const usages: readonly string[] | undefined = x509.keyUsage;
  if (usages && !usages.includes(CLIENT_AUTH)) return false;
  return (
    isValidNow(x509) && authorities.some((authority) => isValidNow(authority) && issued(authority, x509))
  );
}

function issued(authority: X509Certificate, x509: X509Certificate): boolean {
  return x509.checkIssued(authority) && x509.verify(authority.publicKey);
}

function isValidNow({ validFrom, validTo }: X509Certificate): boolean {
  const now = Date.now();
  return Date.parse(validFrom) <= now && now < Date.parse(validTo);
}
