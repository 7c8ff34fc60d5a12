/**
 * What nginx asks by auth_request: checks an access token as the gateway's guard does (signature, issuer, audience,
 * expiry, scope), and remembers what it has checked. Arguments: port, issuer, audience, scope.
 */
import { createServer } from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const [port, issuer, audience, scope] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
const checked = new Map();

async function check(authorization) {
  const known = checked.get(authorization);
  if (known !== undefined) return known > Date.now();
  const { payload } = await jwtVerify(authorization.slice('Bearer '.length), keys, {
    issuer,
    audience,
    typ: 'at+jwt',
  });
  if (!payload.scope.split(' ').includes(scope)) return false;
  checked.set(authorization, payload.exp * 1000);
  return true;
}

createServer((request, response) => {
  check(request.headers.authorization ?? '').then(
    (good) => response.writeHead(good ? 204 : 403).end(),
    () => response.writeHead(401).end(),
  );
}).listen(Number(port), '127.0.0.1');
