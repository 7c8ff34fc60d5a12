export * from './ended-span.js';
export * from './health.module.js';
export * from './logger.js';
export * from './meters.js';
export * from './metrics.js';
export * from './metrics.module.js';
export * from './tracing.module.js';
export * from './request-tracing.js';
