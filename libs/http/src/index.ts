export * from './application.js';
export * from './body-parsers.js';
export * from './cookies.js';
export * from './error.filter.js';
export * from './oauth-error.js';
export * from './parameters.js';
export * from './problem.js';
export { run } from './shutdown.js';
export { type RequestEntry, requestLine } from './request-line.js';
