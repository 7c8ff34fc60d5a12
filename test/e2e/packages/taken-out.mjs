// Preloaded into an app (node --import): the package named by PACKAGE_TAKEN_OUT is as if never installed.
import Module, { register } from 'node:module';

const name = process.env.PACKAGE_TAKEN_OUT;

function isTakenOut(specifier) {
  return specifier === name || specifier.startsWith(`${name}/`);
}

function missing(parent) {
  const error = new Error(`Cannot find package '${name}' imported from ${parent}: it was taken out`);
  return Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
}

if (Module.registerHooks) {
  Module.registerHooks({
    resolve(specifier, context, next) {
      if (isTakenOut(specifier)) throw missing(context.parentURL);
      return next(specifier, context);
    },
  });
} else {
  // Node 20 has no hook for both kinds: one for import, one for require.
  register('./taken-out-import.mjs', import.meta.url, { data: name });
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (specifier, parent, ...rest) {
    if (isTakenOut(specifier)) throw missing(parent?.filename);
    return resolve.call(this, specifier, parent, ...rest);
  };
}
