export * from './authentication-metadata.js';
export * from './credentials.js';
export * from './jwks.js';
export * from './metadata.js';
export * from './redirect-uri.js';
export * from './sector.js';
export * from './token-metadata.js';
export * from './software-metadata.js';
export { RESPONSE_TYPES, type ResponseType } from './response-types.js';
