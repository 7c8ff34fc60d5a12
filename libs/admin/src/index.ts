export * from './documented.js';
export * from './etag.js';
export * from './openapi-document.js';
export * from './pages.js';
