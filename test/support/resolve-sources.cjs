/**
 * Jest's moduleNameMapper doesn't reach its global setup, where `./x.js` must mean `./x.ts` as well.
 * Loaded there before any source of ours; plain JavaScript, since nothing could resolve it yet.
 */
const Module = require('node:module');

const original = Module._resolveFilename;

Module._resolveFilename = function resolveFilename(request, ...rest) {
  try {
    return original.call(this, request, ...rest);
  } catch (error) {
    if (!request.startsWith('.') || !request.endsWith('.js')) throw error;
    return original.call(this, request.replace(/\.js$/, '.ts'), ...rest);
  }
};
