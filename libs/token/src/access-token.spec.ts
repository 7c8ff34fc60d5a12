import { createHmac, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, type JWK, SignJWT } from 'jose';
import { accessTokenVerifier, InvalidTokenError } from './access-token.js';

const ISSUER = 'https://issuer.test';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function jwk(key: KeyObject, kid: string, alg: string): JWK {
  return { ...(key.export({ format: 'jwk' }) as JWK), kid, alg, use: 'sig' };
}

const keys: JSONWebKeySet = { keys: [jwk(ec.publicKey, 'ec', 'ES256'), jwk(rsa.publicKey, 'rsa', 'RS256')] };
const verify = accessTokenVerifier(ISSUER, createLocalJWKSet(keys));

const now = () => Math.floor(Date.now() / 1000);

function claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    iss: ISSUER,
    sub: 'user',
    aud: 'https://api.test',
    client_id: 'app',
    scope: 'read write',
    iat: now(),
    exp: now() + 60,
    jti: randomUUID(),
    ...changes,
  };
}

function signed(
  payload: Record<string, unknown>,
  header: Record<string, unknown> = {},
  key: KeyObject = ec.privateKey,
): Promise<string> {
  return new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256', kid: 'ec', typ: 'at+jwt', ...header })
    .sign(key);
}

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWS put together by hand, as an attacker would. */
function forged(header: Record<string, unknown>, payload: unknown, signature = ''): string {
  return `${encoded(header)}.${encoded(payload)}.${signature}`;
}

describe('access token verification', () => {
  it('takes a good token, and tells its audiences, scopes and key', async () => {
    const verified = await verify(await signed(claims()));
    expect(verified).toMatchObject({
      audiences: ['https://api.test'],
      scopes: ['read', 'write'],
      kid: 'ec',
    });
    const two = await verify(
      await signed(claims({ aud: ['a', 'b'] }), { alg: 'RS256', kid: 'rsa' }, rsa.privateKey),
    );
    expect(two.audiences).toEqual(['a', 'b']);
  });

  it('RFC 9068 §4: application/at+jwt is the same typ, in any case', async () => {
    for (const typ of ['application/at+jwt', 'AT+JWT']) {
      await expect(verify(await signed(claims(), { typ }))).resolves.toBeDefined();
    }
  });

  it.each(['none', 'None', 'NONE', 'nOnE', '', null, undefined])(
    'RFC 8725 §3.1: alg %j is refused',
    async (alg) => {
      for (const signature of ['', 'AAAA']) {
        const token = forged({ alg, kid: 'ec', typ: 'at+jwt' }, claims(), signature);
        await expect(verify(token)).rejects.toThrow(InvalidTokenError);
      }
    },
  );

  it.each(['HS256', 'HS384', 'HS512'])(
    'RFC 8725 §2.1: %s with a public key as its secret is refused (key confusion)',
    async (alg) => {
      for (const [pair, kid] of [
        [ec, 'ec'],
        [rsa, 'rsa'],
      ] as const) {
        const secrets = [
          pair.publicKey.export({ type: 'spki', format: 'pem' }),
          pair.publicKey.export({ type: 'spki', format: 'der' }),
          JSON.stringify(keys.keys.find((one) => one.kid === kid)),
        ];
        for (const secret of secrets) {
          const input = `${encoded({ alg, kid, typ: 'at+jwt' })}.${encoded(claims())}`;
          const mac = createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url');
          await expect(verify(`${input}.${mac}`)).rejects.toThrow(InvalidTokenError);
        }
      }
    },
  );

  it('RFC 8725 §3.1: a key is good for its own algorithm only', async () => {
    const ps256 = await signed(claims(), { alg: 'PS256', kid: 'rsa' }, rsa.privateKey);
    await expect(verify(ps256)).rejects.toThrow(InvalidTokenError);
    const otherKid = await signed(claims(), { kid: 'rsa' });
    await expect(verify(otherKid)).rejects.toThrow(InvalidTokenError);
  });

  it.each(['JWT', 'jwt', 'logout+jwt', 'dpop+jwt', 'token-introspection+jwt', undefined, ''])(
    'RFC 8725 §3.11: typ %j is refused (an ID Token or logout token is no access token)',
    async (typ) => {
      await expect(verify(await signed(claims(), { typ }))).rejects.toThrow(InvalidTokenError);
    },
  );

  it.each([
    ['a path', '../../../../dev/null'],
    ['SQL', "' UNION SELECT 'key"],
    ['a URL', 'https://evil.test/key'],
    ['another key', 'unknown'],
    ['nothing', ''],
    ['a prototype member', '__proto__'],
  ])('kid: %s finds no key', async (_name, kid) => {
    const token = await signed(claims(), { kid }, stranger.privateKey);
    await expect(verify(token)).rejects.toThrow(InvalidTokenError);
  });

  it("another's key under our kid has a wrong signature", async () => {
    await expect(verify(await signed(claims(), {}, stranger.privateKey))).rejects.toThrow(InvalidTokenError);
  });

  it('RFC 8725 §3.10: a key that the token brings along, or an address of one, is not used', async () => {
    const fetched = jest.spyOn(globalThis, 'fetch');
    const own = jwk(stranger.publicKey, 'mine', 'ES256');
    for (const header of [
      { jwk: own, kid: 'mine' },
      { jwk: own, kid: undefined },
      { jku: 'https://evil.test/jwks', kid: 'mine' },
      { x5u: 'https://evil.test/cert', kid: 'mine' },
      { x5c: ['MIIB'], kid: 'mine' },
    ]) {
      await expect(verify(await signed(claims(), header, stranger.privateKey))).rejects.toThrow(
        InvalidTokenError,
      );
    }
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  it('RFC 7515 §4.1.11: an extension named in crit that is not understood is refused', async () => {
    const good = await signed(claims());
    const [, payload, signature] = good.split('.');
    for (const crit of [['exp'], ['b64'], ['http://evil.test/ext'], [], 'exp']) {
      const header = encoded({
        alg: 'ES256',
        kid: 'ec',
        typ: 'at+jwt',
        crit,
        b64: true,
        'http://evil.test/ext': 1,
      });
      await expect(verify(`${header}.${payload}.${signature}`)).rejects.toThrow(InvalidTokenError);
    }
  });

  it.each<[string, Record<string, unknown>]>([
    ['an expired one', { exp: now() - 1 }],
    ['one that expires now', { exp: now() }],
    ['one for later (nbf)', { nbf: now() + 60 }],
    ['another issuer', { iss: 'https://evil.test' }],
    ['an issuer with a slash more', { iss: `${ISSUER}/` }],
    ['a list of issuers', { iss: [ISSUER] }],
    ['exp as text', { exp: String(now() + 60) }],
    ...['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id'].map(
      (name): [string, Record<string, unknown>] => [`one without ${name}`, { [name]: undefined }],
    ),
  ])('RFC 9068 §4: %s is refused', async (_name, changes) => {
    await expect(verify(await signed(claims(changes)))).rejects.toThrow(InvalidTokenError);
  });

  it.each([
    ['nothing', () => ''],
    ['two parts', () => 'a.b'],
    ['five parts (a JWE)', () => 'a.b.c.d.e'],
    ['dots', () => '..'],
    ['no base64', () => '!!.!!.!!'],
    ['a header that is no object', () => `${encoded([])}.${encoded(claims())}.AAAA`],
    ['a payload that is no object', () => forged({ alg: 'ES256', kid: 'ec', typ: 'at+jwt' }, 'x', 'AAAA')],
    ['a megabyte', () => `${'a'.repeat(1_000_000)}.b.c`],
  ])('%s is refused as malformed', async (_name, make) => {
    await expect(verify(make())).rejects.toThrow(InvalidTokenError);
  });

  it('RFC 7515 §2: a signature, header or payload in another base64 is refused', async () => {
    const good = await signed(claims());
    const [header, payload, signature] = good.split('.') as [string, string, string];
    for (const token of [
      `${good}=`,
      `${good}==`,
      `${header}.${payload}=.${signature}`,
      ` ${good}`,
      `${header}.${payload}.${signature.slice(0, -1)}`,
      `${header}.${payload}.${signature}A`,
    ]) {
      await expect(verify(token)).rejects.toThrow(InvalidTokenError);
    }
  });

  it('a changed claim breaks the signature', async () => {
    const [header, , signature] = (await signed(claims())).split('.');
    const token = `${header}.${encoded(claims({ sub: 'admin' }))}.${signature}`;
    await expect(verify(token)).rejects.toThrow(InvalidTokenError);
  });

  it('duplicate members cannot say one thing to the signature and another to us', async () => {
    const payload = JSON.stringify(claims()).replace('{', '{"sub":"first",');
    const input = `${encoded({ alg: 'ES256', kid: 'ec', typ: 'at+jwt' })}.${Buffer.from(payload).toString('base64url')}`;
    await expect(verify(`${input}.AAAA`)).rejects.toThrow(InvalidTokenError);
  });

  it('what fails to be read is no fault of the token: the error is passed on', async () => {
    const broken = accessTokenVerifier(ISSUER, () => Promise.reject(new Error('the network is away')));
    const failed = broken(await signed(claims()));
    await expect(failed).rejects.toThrow('the network is away');
    await expect(failed).rejects.not.toThrow(InvalidTokenError);
  });

  it.each([1, null, {}, ['read'], 'a"b'])('a scope that is none (%j) grants nothing', async (scope) => {
    const verified = await verify(await signed(claims({ scope }))).catch((error: unknown) => error);
    if (verified instanceof InvalidTokenError) return;
    expect(verified).toMatchObject({ scopes: [] });
  });
});
