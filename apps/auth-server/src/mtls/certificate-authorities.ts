import { readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { StartError } from '@gatehouse/http';

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

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
