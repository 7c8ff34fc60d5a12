import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate made by openssl: where its files are, and what is in them. */
export interface TestCertificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Makes a self-signed certificate `NAME.crt` with `NAME.key` in a folder. @param names those it is for */
export function makeCertificate(folder: string, name: string, names: readonly string[]): TestCertificate {
  mkdirSync(folder, { recursive: true });
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  const alternative = names.map((one) => `${/^[\d.]+$/.test(one) ? 'IP' : 'DNS'}:${one}`).join(',');
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  execFileSync(
    'openssl',
    [
      ...args,
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=${alternative}`,
      '-keyout',
      `${keyFile}.new`,
    ].concat('-out', `${certFile}.new`),
    { stdio: 'pipe' },
  );
  execFileSync('mv', [`${keyFile}.new`, keyFile]);
  execFileSync('mv', [`${certFile}.new`, certFile]);
  return { certFile, keyFile };
}

/** Puts something that is no certificate in its place. */
export function spoilCertificate({ certFile }: TestCertificate): void {
  writeFileSync(certFile, 'no certificate');
}
