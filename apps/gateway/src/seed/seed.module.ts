import { Module } from '@nestjs/common';
import { Seed } from './seed.service.js';

@Module({ providers: [Seed] })
export class SeedModule {}
