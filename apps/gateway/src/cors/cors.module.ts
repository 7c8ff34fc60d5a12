import { Module } from '@nestjs/common';
import { CorsPolicy } from './cors.policy.js';

@Module({ providers: [CorsPolicy] })
export class CorsModule {}
