import { Module } from '@nestjs/common';
import { Demo } from './demo.service.js';
import { Seed } from './seed.service.js';

@Module({ providers: [Demo, Seed] })
export class SeedModule {}
