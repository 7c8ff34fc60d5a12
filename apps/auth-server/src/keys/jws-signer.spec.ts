import { jwtVerify } from 'jose';
import { jwsSigner } from './jws-signer.js';
import { generateKey } from './key-generator.js';
import { SIGNING_ALGORITHMS } from './signing-key.entity.js';

describe('signers', () => {
  it.each(SIGNING_ALGORITHMS)('%s: what it signs, jose verifies (RFC 7515)', async (alg) => {
    const { kid, pkcs8, publicJwk } = await generateKey(alg);
    expect(publicJwk).toMatchObject({ kid, alg, use: 'sig' });
    expect(publicJwk).not.toHaveProperty('d');
    const sign = await jwsSigner(alg, pkcs8, kid);
    for (const typ of ['at+jwt', 'JWT', 'at+jwt']) {
      const token = await sign(typ, { sub: 'é', n: 1 });
      const verified = await jwtVerify(token, publicJwk, { algorithms: [alg], typ });
      expect(verified.protectedHeader).toEqual({ alg, kid, typ });
      expect(verified.payload).toEqual({ sub: 'é', n: 1 });
    }
  });
});
