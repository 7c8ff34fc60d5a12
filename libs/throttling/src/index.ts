export { addressGroup } from './address-group.js';
export * from './consume.script.js';
export * from './limits.guard.js';
export { StoreThrottlerStorage } from './store-throttler-storage.js';
export { ThrottlingModule } from './throttling.module.js';
