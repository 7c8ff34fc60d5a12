export * from './addresses.js';
export * from './guarded-fetch.js';
