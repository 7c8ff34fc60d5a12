import { join } from 'node:path';
import { readDemoFile } from './demo-file.js';
import { Flow } from './flow.js';
import { printedReport } from './report.js';
import { restartByLauncher } from './restart-by-launcher.js';
import { STEPS } from './steps.js';

const DEMO_FILE = process.env.GATEHOUSE_DEMO_FILE ?? join('.data', 'demo.json');

/** Does the eight steps of the main job against running servers and prints each in plain words. */
async function main(): Promise<void> {
  const flow = new Flow(await readDemoFile(DEMO_FILE), printedReport, restartByLauncher());
  console.log(`Gatehouse's main job, with ${flow.demo.issuer} and ${flow.demo.gateway}`);
  for (const [index, step] of STEPS.entries()) {
    printedReport.step(index + 1, step.title);
    await step.run(flow);
  }
  console.log('\nAll eight steps passed.');
}

try {
  await main();
} catch (error) {
  console.error(`\n   ✗ ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`);
  process.exitCode = 1;
} finally {
  // An open IPC channel would keep this process alive.
  if (process.connected) process.disconnect();
}
