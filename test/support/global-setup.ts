import './resolve-sources.cjs';
import { ensureBuilt } from '../../apps/launcher/build.mjs';
import { dropOldDatabases } from './maintenance.js';
import { joinCluster } from './test-cluster.js';

/** Before all suites: a PostgreSQL that is really there, and (for `npm test`, and a run of everything) the built apps. */
export default async function setUp(config: { testPathPatterns?: { patterns: string[] } }): Promise<void> {
  const given = process.env.TEST_DATABASE_URL;
  const url = given || (await joinCluster());
  process.env.TEST_DATABASE_URL_EFFECTIVE = url;
  process.env.TEST_RUN_ID = `${Math.floor(Date.now() / 1000)}_${process.pid}`;
  await dropOldDatabases(url);
  // A run of some suites builds when the first of them starts an app.
  const hasPatterns = (config.testPathPatterns?.patterns.length ?? 0) > 0;
  if (hasPatterns && process.env.npm_lifecycle_event !== 'test') return;
  const errors = await ensureBuilt(process.cwd(), { onBuild: () => console.error('Building …') });
  if (errors !== undefined) console.error(errors);
}
