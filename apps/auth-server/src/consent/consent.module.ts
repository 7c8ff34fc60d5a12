import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Consent } from './consent.entity.js';
import { ConsentPolicies } from './consent-policies.service.js';
import { ConsentService } from './consent.service.js';

@Global()
@Module({
  imports: [DiscoveryModule, TypeOrmModule.forFeature([Consent])],
  providers: [ConsentPolicies, ConsentService],
  exports: [ConsentPolicies, ConsentService],
})
export class ConsentModule {}
