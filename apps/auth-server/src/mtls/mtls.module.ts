import { Global, Module } from '@nestjs/common';
import { ClientCertificates } from './client-certificate.js';

/** Mutual TLS (RFC 8705): the certificates that clients present. */
@Global()
@Module({ providers: [ClientCertificates], exports: [ClientCertificates] })
export class MtlsModule {}
