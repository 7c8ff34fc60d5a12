import { CommandError } from './command-error.js';
import { run } from './run.js';

try {
  process.exitCode = await run(process.argv.slice(2), process.env, process.stdout);
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  for (const line of error.lines) process.stderr.write(`gatehouse: ${line}\n`);
  process.exitCode = error.exitCode;
}
