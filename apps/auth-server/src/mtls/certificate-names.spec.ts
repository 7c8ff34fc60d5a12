import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientMetadata } from '@gatehouse/client';
import { certificateNames } from './certificate-names.js';
import { equalNames } from '@gatehouse/http';

const x509 = new X509Certificate(
  readFileSync(join(process.cwd(), 'test/auth-server/certificates/client.pem')),
);

const names = (member: string, value: string) =>
  certificateNames(
    x509,
    clientMetadata.parse({
      grant_types: [],
      token_endpoint_auth_method: 'tls_client_auth',
      [`tls_client_auth_${member}`]: value,
    }),
  );

describe('RFC 8705 §2.1.2: what of the certificate names the client', () => {
  it.each([
    ['subject_dn', 'CN=Client,O=Example\\, Inc.,C=XX'],
    ['subject_dn', 'cn=client, o=example\\2C inc., c=xx'],
    ['subject_dn', '2.5.4.3=Client,O=Example\\,  Inc.,C=XX'],
    ['san_dns', 'client.test'],
    ['san_dns', 'CLIENT.test'],
    ['san_uri', 'https://client.test/id'],
    ['san_ip', '192.0.2.7'],
    ['san_ip', '2001:db8::7'],
    ['san_email', 'client@client.test'],
  ])('%s %s', (member, value) => expect(names(member, value)).toBe(true));

  it.each([
    ['subject_dn', 'C=XX,O=Example\\, Inc.,CN=Client'],
    ['subject_dn', 'CN=Client,O=Example'],
    ['subject_dn', 'CN=Client'],
    ['subject_dn', 'CN=Client,O=Example, Inc.,C=XX'],
    ['subject_dn', 'CN=Client\\'],
    ['subject_dn', 'CN=Client\nO=Example\\, Inc.\nC=XX'],
    ['san_dns', 'test'],
    ['san_dns', '*.test'],
    ['san_uri', 'https://client.test/id/'],
    ['san_uri', 'https://client.test/ID'],
    ['san_ip', '192.0.2.8'],
    ['san_ip', 'client.test'],
    ['san_email', 'client.test'],
    ['san_email', 'Client@client.test'],
  ])('not %s %j', (member, value) => expect(names(member, value)).toBe(false));

  it('no name in a value passes for another (CVE-2021-44532)', () => {
    const deceiving = { subjectAltName: 'DNS:"a.test, URI:https://victim.test", DNS:"b\\"", email:x' };
    const asClient = (uri: string) =>
      certificateNames(deceiving as X509Certificate, { tls_client_auth_san_uri: uri } as never);
    expect(asClient('https://victim.test')).toBe(false);
    expect(asClient('https://victim.test"')).toBe(false);
  });

  it.each([
    ['C=XX\nCN=a\\+b', 'CN=a\\+b,C=XX', true],
    ['C=XX\nCN=a + OU=b', 'OU=b+CN=a,C=XX', true],
    ['C=XX\nCN=a + OU=b', 'CN=a\\+OU=b,C=XX', false],
    ['CN=Jörg', 'CN=J\\C3\\B6rg', true],
    ['CN=a\nCN=b', 'CN=b,CN=a', true],
    ['CN=a', 'CN=a\\ ', false],
    ['emailAddress=a@b', '1.2.840.113549.1.9.1=a@b', true],
    ['CN=a', '', false],
    ['CN=', 'CN=', true],
  ])('RFC 4514: %j and %j: %s', (subject, dn, equal) => expect(equalNames(subject, dn)).toBe(equal));
});
