import type { JsonObject } from '../../wire/json.js';
import { maskKeys, readProviderError, readStreamError } from './provider-error.js';

describe('an error of a provider', () => {
  it.each<[string, JsonObject | string, string, string | undefined]>([
    [
      'OpenAI',
      { error: { message: 'No', type: 'invalid_request_error', param: null, code: 'model_not_found' } },
      'No',
      'model_not_found',
    ],
    ['OpenAI, as text', '{"error":{"message":"No","type":"server_error","code":null}}', 'No', 'server_error'],
    [
      'Anthropic',
      { type: 'error', error: { type: 'overloaded_error', message: 'No' } },
      'No',
      'overloaded_error',
    ],
    [
      'Anthropic, with details',
      {
        type: 'error',
        error: { type: 'rate_limit_error', message: 'No', details: { error_code: 'ramp_limit_exceeded' } },
      },
      'No',
      'ramp_limit_exceeded',
    ],
    [
      'Gemini',
      {
        error: {
          code: 400,
          message: 'No',
          status: 'INVALID_ARGUMENT',
          details: [{ '@type': 'x', reason: 'API_KEY_INVALID' }],
        },
      },
      'No',
      'API_KEY_INVALID',
    ],
    [
      'Gemini, in a list',
      '[{"error":{"code":429,"message":"No","status":"RESOURCE_EXHAUSTED"}}\n]',
      'No',
      'RESOURCE_EXHAUSTED',
    ],
    ['vLLM', { object: 'error', message: 'No', type: 'NotFoundError', code: 404 }, 'No', 'NotFoundError'],
    ['Ollama', { error: 'No' }, 'No', undefined],
    ['FastAPI', { detail: 'No' }, 'No', undefined],
    ['a proxy, in text', 'upstream connect error\n', 'upstream connect error', undefined],
    ['a proxy, in HTML', '<html>502</html>', 'The provider answered 502', undefined],
    ['nobody', '', 'The provider answered 502', undefined],
  ])('of %s is read', (_, body, message, code) => {
    expect(readProviderError(502, body)).toEqual({ status: 502, message, code });
  });

  it.each([
    'Incorrect API key provided: sk-proj-****************abcd. You can find it.',
    'Incorrect API key provided: sk-ant-api03-AbC_def-123. You can find it.',
    'API key not valid: AIzaSyA-1234567890_abcdefghijklmnopqrstu.',
    'Bad header Authorization: Bearer abc.def-ghi',
    'Bad header {"authorization":"bearer abcdefgh"}',
    'Failed: https://example.com/v1?key=secret-key-1&alt=sse',
    'Bad header x-goog-api-key: AQ.Ab8RN6secretsecret',
    'Bad header "api-key": "0123456789abcdef0123456789abcdef"',
    'Token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl is expired',
    'Key gsk_abcdefghijklmnop is unknown',
    'The token ya29.a0AfH6SMBsecret_value is expired',
  ])('never holds a key: %s', (message) => {
    const masked = readProviderError(401, { error: { message, code: 'sk-abcdefgh' } });
    expect(masked.message).toContain('…');
    expect(masked.message).not.toMatch(/abcd|AbC_|SyA-|abc\.def|secret|0123456789|eyJ|a0Af/);
    expect(masked.code).toBeUndefined();
    expect(readStreamError({ error: message }).message).toBe(masked.message);
  });

  it('keeps words that only look like keys', () => {
    const message = 'The risk-assessment of task-based models is disk-bound; max_tokens is too large';
    expect(maskKeys(message)).toBe(message);
  });

  it('is so long, and no longer', () => {
    expect(readProviderError(500, 'x'.repeat(10_000)).message).toHaveLength(2_000);
  });

  it('costs no more than its length, whatever the provider writes', () => {
    const from = performance.now();
    for (const text of ['-eyJ'.repeat(500_000), 'Bearer '.repeat(500_000), 'api_key '.repeat(500_000)]) {
      readProviderError(400, { error: { message: text } });
    }
    expect(performance.now() - from).toBeLessThan(1_000);
  });
});
