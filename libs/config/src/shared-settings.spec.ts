import { checkDeployment, sharedSettings } from './shared-settings.js';

const production = {
  environment: 'production',
  secret: 'a-secret-of-our-own-of-more-than-32-characters',
  databaseUrl: 'postgres://gatehouse:of-our-own@postgres:5432/gatehouse',
  redisUrl: 'redis://redis:6379',
  issuer: 'https://id.example.com',
  gatewayUrl: 'https://api.example.com',
} as const;

describe('GATEHOUSE_ENV=production', () => {
  it('takes secrets of our own', () => {
    expect(() => checkDeployment(production)).not.toThrow();
  });

  it.each([
    ['GATEHOUSE_SECRET', { secret: 'development-only-secret-that-everyone-knows' }],
    [
      'DATABASE_URL',
      { databaseUrl: 'postgres://gatehouse:development-only-password@postgres:5432/gatehouse' },
    ],
    ['REDIS_URL', { redisUrl: undefined }],
    ['GATEHOUSE_ISSUER', { issuer: 'http://id.example.com' }],
    ['GATEHOUSE_GATEWAY_URL', { gatewayUrl: 'http://api.example.com' }],
  ])('refuses a %s that is for development only', (name, fault) => {
    expect(() => checkDeployment({ ...production, ...fault })).toThrow(name);
  });

  it('says it without the secret', () => {
    const secret = 'development-only-secret-that-everyone-knows';
    expect(() => checkDeployment({ ...production, secret })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secret) as string }) as Error,
    );
  });

  it('leaves development alone', () => {
    expect(() =>
      checkDeployment({ ...production, environment: 'development', secret: 'development-only-secret' }),
    ).not.toThrow();
  });
});

describe('GATEHOUSE_TRUST_PROXY', () => {
  const { check } = sharedSettings.trustProxy;

  it('takes addresses and ranges', () => {
    expect(check.parse('10.0.0.0/8, ::1 192.0.2.7')).toEqual(['10.0.0.0/8', '::1', '192.0.2.7']);
    expect(check.parse('')).toEqual([]);
  });

  it.each(['proxy', 'true', '10.0.0.0/33', '0.0.0.0/0', '10.0.0.0/8/8', '10.0.0', '::1/129'])(
    'refuses %s',
    (text) => {
      expect(check.safeParse(text).success).toBe(false);
    },
  );
});
