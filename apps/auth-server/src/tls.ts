import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { StartError, type TlsOptions } from '@gatehouse/http';
import type { Config } from './config.js';

/**
 * The certificate to listen with, where one is set.
 * @throws StartError when it cannot be used
 */
export function readTls(config: Config): TlsOptions | undefined {
  const { tlsCertFile, tlsKeyFile, tlsRequestCert: requestCert } = config;
  if (tlsCertFile === undefined && tlsKeyFile === undefined) return undefined;
  if (tlsCertFile === undefined)
    throw new StartError('GATEHOUSE_AUTH_TLS_CERT_FILE is not set, but its key is');
  if (tlsKeyFile === undefined)
    throw new StartError('GATEHOUSE_AUTH_TLS_KEY_FILE is not set, but its certificate is');
  const cert = read('GATEHOUSE_AUTH_TLS_CERT_FILE', tlsCertFile);
  const key = read('GATEHOUSE_AUTH_TLS_KEY_FILE', tlsKeyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new StartError(
      `GATEHOUSE_AUTH_TLS_CERT_FILE and its key cannot be used: ${(error as Error).message}`,
    );
  }
  return { cert, key, requestCert };
}

function read(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartError(`${setting}: ${file} cannot be read: ${(error as Error).message}`);
  }
}
