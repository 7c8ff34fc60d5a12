import { resourceMetadataUrl } from './resource-metadata-url.js';

describe('resourceMetadataUrl (RFC 9728 §3.1)', () => {
  it.each([
    ['https://gw.example/orders', 'https://gw.example/.well-known/oauth-protected-resource/orders'],
    ['https://gw.example/a/b', 'https://gw.example/.well-known/oauth-protected-resource/a/b'],
    ['https://gw.example', 'https://gw.example/.well-known/oauth-protected-resource'],
    ['https://gw.example.evil/orders', undefined],
    ['https://other.example/orders', undefined],
    ['urn:api', undefined],
  ])('of %s is %s', (audience, expected) => {
    expect(resourceMetadataUrl('https://gw.example', [audience])).toBe(expected);
  });
});
