export { addressGroup } from './address-group.js';
export * from './limit.js';
export * from './limits.guard.js';
export * from './rate-limit-fields.js';
export { StoreThrottlerStorage } from './store-throttler-storage.js';
export { ThrottlingModule } from './throttling.module.js';
export * from './too-many-requests.js';
