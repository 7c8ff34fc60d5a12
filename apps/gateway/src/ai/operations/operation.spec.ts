import { operationAt } from './operation.js';

describe('the operation at a path', () => {
  it.each([
    ['POST', '/v1/chat/completions', { name: 'chat', dialect: 'openai' }],
    ['POST', '/chat/completions', { name: 'chat', dialect: 'openai' }],
    ['POST', '/v1/responses', { name: 'chat', dialect: 'openai_responses' }],
    ['POST', '/v1/messages', { name: 'chat', dialect: 'anthropic' }],
    ['POST', '/v1/messages/count_tokens', { name: 'count_tokens', dialect: 'anthropic' }],
    [
      'POST',
      '/v1beta/models/fast:generateContent',
      { name: 'chat', dialect: 'gemini', model: 'fast', stream: false },
    ],
    [
      'POST',
      '/v1/models/llama3:8b:streamGenerateContent',
      { name: 'chat', dialect: 'gemini', model: 'llama3:8b', stream: true },
    ],
    [
      'POST',
      '/v1/models/team/fast:countTokens',
      { name: 'count_tokens', dialect: 'gemini', model: 'team/fast' },
    ],
    ['GET', '/v1/models', { name: 'list_models' }],
    ['GET', '/v1/models/a%20b', { name: 'get_model', model: 'a b' }],
  ])('%s %s', (method, path, operation) => expect(operationAt(method, path)).toEqual(operation));

  it.each([
    ['GET', '/v1/chat/completions'],
    ['POST', '/v2/chat/completions'],
    ['POST', '/v1/v1/chat/completions'],
    ['POST', '/v1/models/fast:deleteEverything'],
    ['POST', '/v1/models/:generateContent'],
    ['POST', '/v1/models/fast:constructor'],
    ['POST', '/constructor'],
    ['DELETE', '/v1/models/fast'],
  ])('%s %s is none', (method, path) => expect(operationAt(method, path)).toBeUndefined());
});
