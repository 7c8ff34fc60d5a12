import { Module } from '@nestjs/common';
import { CertificateBinding } from './certificate-binding.service.js';

@Module({ providers: [CertificateBinding] })
export class CertificateBindingModule {}
