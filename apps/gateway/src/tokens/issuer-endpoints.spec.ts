import { endpointFault, isAtIssuer } from './issuer-endpoints.js';

describe('what the metadata of an issuer may name (CVE-2024-49753 and its class)', () => {
  it.each([
    ['https://login.example', 'https://login.example/token'],
    ['https://login.example', 'https://token.example/token'],
    ['https://login.example', 'https://login.example:8443/token'],
    ['https://10.0.0.7/realm', 'https://10.0.0.7:8443/token'],
    ['https://idp', 'https://idp/token'],
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/token'],
    ['http://localhost:4000', 'http://127.0.0.1:5000/token'],
    ['http://localhost:4000', 'https://10.0.0.7/token'],
  ])('of %s: %s', (issuer, url) => expect(endpointFault(issuer, url)).toBeUndefined());

  it.each([
    ['https://login.example', 'http://login.example/token'],
    ['https://login.example', 'http://127.0.0.1:6379/'],
    ['https://login.example', 'http://localhost:8080/admin/v1/routes'],
    ['https://login.example', 'http://[::1]/'],
    ['https://login.example', 'https://localhost/'],
    ['https://login.example', 'https://127.1/'],
    ['https://login.example', 'https://169.254.169.254/latest/meta-data/'],
    ['https://login.example', 'https://10.0.0.7/token'],
    ['https://login.example', 'https://[fd00::1]/token'],
    ['https://10.0.0.7', 'https://10.0.0.8/token'],
    ['https://10.0.0.7', 'http://10.0.0.7/token'],
    ['http://localhost:4000', 'http://login.example/token'],
  ])('of %s: not %s', (issuer, url) => expect(endpointFault(issuer, url)).toMatch(/^must/));

  it.each([
    ['https://idp', 'https://idp:8443/jwks', true],
    ['https://idp', 'https://other/jwks', false],
    ['https://idp', 'https://idp.example/jwks', false],
    ['http://localhost:4000', 'https://keys.internal/jwks', true],
  ])('%s may lead into a private network at %s: %s', (issuer, url, expected) => {
    expect(isAtIssuer(issuer, url)).toBe(expected);
  });
});
