/** A program that does not end when it is asked to, and says more than anybody wants to hear. Its argument: a file for its pid. */
import { setInterval } from 'node:timers';
import { writeFileSync } from 'node:fs';

writeFileSync(process.argv[2], `${process.pid}\n`);
process.on('SIGTERM', () => undefined);
process.stdin.resume();
setInterval(() => process.stderr.write('x'.repeat(100_000)), 50);
