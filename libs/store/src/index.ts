export { underLock } from './lock.js';
export { MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { RedisStore } from './redis-store.js';
export * from './store.js';
export { openStore, StoreModule, type StoreOptions } from './store.module.js';
