/** Entry of `npm start`: builds what has changed, then starts everything. */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ensureBuilt } from './build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const began = performance.now();
const errors = await ensureBuilt(root, {
  retry: true,
  onBuild: () => console.log('Building (only when something changed) …'),
});
if (errors !== undefined) {
  console.error(errors);
  console.error('The build failed: the messages above name the files.');
  process.exit(1);
}
const { launch } = await import(pathToFileURL(join(root, 'dist', 'apps', 'launcher', 'src', 'main.js')).href);
await launch({ root, began, args: process.argv.slice(2) });
