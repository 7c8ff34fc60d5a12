import type { X509Certificate } from 'node:crypto';
import type { ClientMetadata } from '@gatehouse/client';
import { equalNames } from '@gatehouse/http';
import ipaddr from 'ipaddr.js';

/** Whether the certificate names the client as it is registered (RFC 8705 §2.1.2). */
export function certificateNames(x509: X509Certificate, client: ClientMetadata): boolean {
  const alternatives = (kind: string) => alternativeNames(x509.subjectAltName ?? '', kind);
  if (client.tls_client_auth_subject_dn !== undefined) {
    return equalNames(x509.subject, client.tls_client_auth_subject_dn);
  }
  if (client.tls_client_auth_san_dns !== undefined) {
    const dns = client.tls_client_auth_san_dns.toLowerCase();
    return alternatives('DNS').some((one) => one.toLowerCase() === dns);
  }
  if (client.tls_client_auth_san_uri !== undefined) {
    return alternatives('URI').includes(client.tls_client_auth_san_uri);
  }
  if (client.tls_client_auth_san_ip !== undefined) {
    return alternatives('IP Address').some((one) => equalAddresses(one, client.tls_client_auth_san_ip!));
  }
  if (client.tls_client_auth_san_email !== undefined) {
    return alternatives('email').includes(client.tls_client_auth_san_email);
  }
  return false;
}

/** `kind:value, kind:value`; Node quotes as JSON a value in which a comma or quote could deceive (CVE-2021-44532). */
const ALTERNATIVE = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/gy;

function alternativeNames(text: string, kind: string): string[] {
  const names: string[] = [];
  for (const [, found, value] of text.matchAll(ALTERNATIVE)) {
    if (found === kind) names.push(value!.startsWith('"') ? (JSON.parse(value!) as string) : value!);
  }
  return names;
}

/** RFC 8705 §2.1.2: IPv6 addresses compare as numbers, not as texts. */
function equalAddresses(a: string, b: string): boolean {
  if (!ipaddr.isValid(a) || !ipaddr.isValid(b)) return false;
  return ipaddr.parse(a).toNormalizedString() === ipaddr.parse(b).toNormalizedString();
}
