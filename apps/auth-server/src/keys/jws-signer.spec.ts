import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { es256Signer, rs256Signer } from './jws-signer.js';

describe('signers', () => {
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pkcs8 = (pair: typeof ec) => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

  it.each([
    ['ES256', ec, es256Signer],
    ['RS256', rsa, rs256Signer],
  ] as const)('%s: what it signs, jose verifies (RFC 7515)', async (alg, pair, makeSigner) => {
    const sign = await makeSigner(pkcs8(pair), 'kid-1');
    for (const typ of ['at+jwt', 'JWT', 'at+jwt']) {
      const token = await sign(typ, { sub: 'é', n: 1 });
      const verified = await jwtVerify(token, pair.publicKey, { algorithms: [alg], typ });
      expect(verified.protectedHeader).toEqual({ alg, kid: 'kid-1', typ });
      expect(verified.payload).toEqual({ sub: 'é', n: 1 });
    }
  });
});
