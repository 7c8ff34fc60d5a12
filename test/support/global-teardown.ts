import './resolve-sources.cjs';
import { dropDatabasesOfRun } from './maintenance.js';
import { leaveCluster } from './test-cluster.js';

/** After all suites: this run's databases go, and the cluster stops when nobody else uses it. */
export default async function tearDown(): Promise<void> {
  const url = process.env.TEST_DATABASE_URL_EFFECTIVE;
  if (url !== undefined) await dropDatabasesOfRun(url);
  if (!process.env.TEST_DATABASE_URL) await leaveCluster();
}
