import { HealthModule as Health, type ReadinessCheck } from '@gatehouse/observability';
import { Store } from '@gatehouse/store';
import { Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';

/** Without its stores the auth-server can do nothing right, so then it is not ready. */
function checks(database: DataSource, store: Store): ReadinessCheck[] {
  return [
    { name: 'database', check: async () => void (await database.query('SELECT 1')) },
    { name: 'store', check: () => store.ping() },
  ];
}

@Module({ imports: [Health.forRoot({ inject: [getDataSourceToken(), Store], create: checks })] })
export class HealthModule {}
