import { X509Certificate } from 'node:crypto';
import {
  type ClientCertificate,
  isClientCertificate,
  isIssuedBy,
  Problem,
  subjectName,
} from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { IncomingCall } from '../calls/incoming-call.js';
import { type CallerIdentifier, IdentifiesCallers } from '../guards/caller-identifier.js';
import { ClientCertificates } from '../guards/client-certificates.service.js';
import { type Caller, type Consumed, type RouteGuard, RouteGuardType } from '../guards/route-guard.js';
import type { Credential } from './consumer-index.js';
import { Consumers } from './consumers.service.js';
import { authorityPem } from './credential-definition.js';
import { demandScopes, matchesScopes, NO_SCOPES, scopeSettings } from './demand-scopes.js';

const settings = z
  .strictObject({
    authorities: z
      .array(authorityPem)
      .min(1)
      .max(20)
      .transform((all) => all.map((pem) => new X509Certificate(pem)))
      .optional()
      .describe('One of these must have issued the certificate itself (PEM, one certificate each)'),
    registered: z
      .boolean()
      .default(true)
      .describe(
        "Whether the certificate must be a consumer's credential; false: any of the authorities will do",
      ),
    ...scopeSettings,
  })
  .refine(({ authorities, registered }) => registered || authorities !== undefined, {
    path: ['authorities'],
    message: 'must be there where registered is false: anybody can make a certificate',
  })
  .refine(({ scopes, registered }) => registered || scopes.length === 0, {
    path: ['scopes'],
    message: 'must be empty where registered is false: only credentials have scopes',
  })
  .refine(matchesScopes, NO_SCOPES);

export type MtlsSettings = z.output<typeof settings>;

/** `{"type": "mtls"}`: a client certificate, in TLS or told by a trusted proxy (RFC 9440). */
@Injectable()
@RouteGuardType('mtls')
@IdentifiesCallers('certificates')
export class MtlsGuard implements RouteGuard<MtlsSettings>, CallerIdentifier {
  readonly settings = settings as z.ZodType<MtlsSettings>;

  constructor(
    private readonly certificates: ClientCertificates,
    private readonly consumers: Consumers,
  ) {}

  check(call: IncomingCall, from: MtlsSettings): Caller {
    const certificate = this.certificates.of(call);
    // No 401: there is no header field by which the caller could come with one (RFC 9110 §15.5.2).
    if (!certificate) throw new Problem(403, 'This API needs a client certificate.');
    const { x509 } = certificate;
    if (from.authorities ? !isIssuedBy(x509, from.authorities) : !isClientCertificate(x509)) {
      throw new Problem(403, 'The client certificate is not of a trusted authority, or not valid now.');
    }
    const credential = this.credentialOf(certificate);
    if (!credential || credential.until <= Date.now()) {
      if (from.registered || credential) {
        throw new Problem(403, 'The client certificate is unknown, has expired or is disabled.');
      }
      return { certificate: x509.subject.split('\n').reverse().join(',') };
    }
    demandScopes(credential.caller, from);
    return credential.caller;
  }

  consumes(): Consumed {
    const { header } = this.certificates;
    return { headers: header === undefined ? [] : [header] };
  }

  /** A token says who calls; the certificate beside it, by which machine. */
  identify(caller: Caller): Caller {
    const { certificate, subject, issuer } = caller;
    if (certificate === undefined || subject !== undefined || issuer !== undefined) return caller;
    return { ...caller, subject: certificate };
  }

  private credentialOf({ x509, thumbprint }: ClientCertificate): Credential | undefined {
    const { thumbprints, subjects } = this.consumers.index;
    const known = thumbprints.get(thumbprint);
    if (known || subjects.size === 0) return known;
    const named = subjects.get(subjectName(x509.subject) ?? '');
    return named?.find(({ authority }) => isIssuedBy(x509, [authority]));
  }
}
