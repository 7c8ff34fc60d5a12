import { Module } from '@nestjs/common';
import { ConfidentialPolicy } from './confidential.policy.js';

@Module({ providers: [ConfidentialPolicy] })
export class ConfidentialModule {}
