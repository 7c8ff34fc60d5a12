export * from './health.module.js';
export * from './logger.js';
