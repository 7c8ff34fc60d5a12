import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ClientRules } from './client-rules.service.js';

/** What clients may register themselves as, and the door for in-house policies. */
@Global()
@Module({ imports: [DiscoveryModule], providers: [ClientRules], exports: [ClientRules] })
export class ClientPolicyModule {}
