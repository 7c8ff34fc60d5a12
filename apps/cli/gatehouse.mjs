#!/usr/bin/env node
/** Entry of `npx gatehouse`: the built command. */
import { existsSync } from 'node:fs';

const main = new URL('../../dist/apps/cli/src/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('gatehouse: not built yet: npm run build\n');
  process.exit(1);
}
await import(main.href);
