import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RowWriters } from './row-writers.service.js';
import { UsageRetention } from './usage-retention.service.js';
import { UsageRow } from './usage-row.entity.js';
import { UsageWriter } from './usage-writer.service.js';

/** A record of each call in PostgreSQL. */
@Module({
  imports: [TypeOrmModule.forFeature([UsageRow])],
  providers: [RowWriters, UsageWriter, UsageRetention],
  exports: [RowWriters],
})
export class UsageModule {}
