export * from './access-token.js';
export * from './bearer.js';
export * from './pkce.js';
export * from './scope.js';
export * from './secret.js';
export * from './secret-box.js';
