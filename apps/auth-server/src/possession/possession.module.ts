import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Possessions } from './possessions.service.js';

/** Where the ways to bind tokens to keys are found. */
@Global()
@Module({ imports: [DiscoveryModule], providers: [Possessions], exports: [Possessions] })
export class PossessionModule {}
