import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsageRetention } from './usage-retention.service.js';
import { UsageRow } from './usage-row.entity.js';
import { UsageWriter } from './usage-writer.service.js';

/** A record of each call in PostgreSQL. */
@Module({
  imports: [TypeOrmModule.forFeature([UsageRow])],
  providers: [UsageWriter, UsageRetention],
  exports: [UsageWriter],
})
export class UsageModule {}
