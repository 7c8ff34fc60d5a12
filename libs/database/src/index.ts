export * from './database.js';
export * from './gathered.js';
export * from './statements.js';
export * from './storable-json.js';
