// The half of taken-out.mjs that runs in Node 20's thread for import hooks.
let name;

export function initialize(data) {
  name = data;
}

export function resolve(specifier, context, next) {
  if (specifier !== name && !specifier.startsWith(`${name}/`)) return next(specifier, context);
  const error = new Error(
    `Cannot find package '${name}' imported from ${context.parentURL}: it was taken out`,
  );
  throw Object.assign(error, { code: 'ERR_MODULE_NOT_FOUND' });
}
