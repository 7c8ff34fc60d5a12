import { Module } from '@nestjs/common';
import { PartnerPolicy } from './partner.policy.js';

@Module({ providers: [PartnerPolicy] })
export class PartnerModule {}
