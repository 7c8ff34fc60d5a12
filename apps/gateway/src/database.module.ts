import { dataSourceOptions } from '@gatehouse/database';
import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Config } from './config.js';
import { DatabaseReturn } from './database-return.service.js';
import { canStartWithoutDatabase, databaseSettings } from './database.js';

/** The gateway's connection to PostgreSQL, which may be away at the start where nothing is lost by it. */
@Module({})
export class DatabaseModule {
  static forRoot(config: Config): DynamicModule {
    const options = { ...dataSourceOptions(databaseSettings(config.databaseUrl)), retryAttempts: 1 };
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ ...options, manualInitialization: true }),
          dataSourceFactory: (given) => open(given!, canStartWithoutDatabase(config)),
        }),
      ],
      providers: [DatabaseReturn],
    };
  }
}

async function open(options: DataSourceOptions, mayBeAway: boolean): Promise<DataSource> {
  const source = new DataSource(options);
  try {
    await source.initialize();
  } catch (error) {
    if (!mayBeAway) throw error;
  }
  return source;
}
