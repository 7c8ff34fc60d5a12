export * from './addresses.js';
export * from './guarded-fetch.js';
export { GuardedFetchError, type GuardedRequest, type GuardedResponse } from './guarded-response.js';
