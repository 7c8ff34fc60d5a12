import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority of the test's own, by openssl. */
export interface TestAuthority {
  /** The authority's own certificate: a file. */
  readonly ca: string;
  /** @param names of the certificate: `DNS:a.example`, `IP:127.0.0.1` */
  issue(name: string, names: readonly string[]): CertificateFiles;
  remove(): void;
}

export function createAuthority(name = 'Test CA'): TestAuthority {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-ca-'));
  const path = (file: string) => join(directory, file);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe', timeout: 20_000 });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...ec,
    '-days',
    '30',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    path('ca.key'),
    '-out',
    path('ca.pem'),
  );
  return {
    ca: path('ca.pem'),
    issue: (file, names) => {
      const [key, cert, csr, ext] = ['key', 'pem', 'csr', 'ext'].map((end) => path(`${file}.${end}`)) as [
        string,
        string,
        string,
        string,
      ];
      openssl('req', ...ec, '-subj', `/CN=${file}`, '-keyout', key, '-out', csr);
      writeFileSync(ext, `subjectAltName=${names.join(',')}\n`);
      const by = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial'];
      openssl('x509', '-req', '-in', csr, ...by, '-days', '30', '-extfile', ext, '-out', cert);
      return { cert, key };
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** What servers of node:https and node:http2 take. */
export function readCertificate({ cert, key }: CertificateFiles): { cert: string; key: string } {
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}
