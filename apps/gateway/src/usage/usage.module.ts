import { Module } from '@nestjs/common';
import { UsageRetention } from './usage-retention.service.js';
import { UsageWriter } from './usage-writer.service.js';

/** A record of each call in PostgreSQL. */
@Module({ providers: [UsageWriter, UsageRetention], exports: [UsageWriter] })
export class UsageModule {}
