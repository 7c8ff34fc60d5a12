export * from './etag.js';
export * from './pages.js';
