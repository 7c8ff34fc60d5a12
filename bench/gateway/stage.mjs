import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MEASURED_CORE, OTHER_CORE } from '../stand/cores.mjs';
import { makeCallers } from '../stand/callers.mjs';
import { Gatehouse, writeAuthorizations } from '../stand/gatehouse.mjs';
import {
  startFiles,
  startNginxAuthRequest,
  startNginxProxy,
  startNginxTls,
  startUpstream,
} from '../stand/nginx.mjs';
import { startBareProxy, startEventUpstream, startProxy, startTokenChecker } from '../stand/peers.mjs';
import { freePort } from '../stand/stand.mjs';
import { startPostgres, startRedis } from '../stand/stores.mjs';

const CLIENTS = 16;
const MIB = 1_048_576;

/** Everything that is measured, started and set up. Each gateway and each peer is on the measured core. */
export async function setStage(stand, root) {
  const stores = { databaseUrl: await startPostgres(stand, root), redisUrl: await startRedis(stand) };
  const certificate = makeCertificate(join(stand.directory, 'tls'));
  const tlsPort = await freePort();
  const gatehouse = await Gatehouse.prepare(stand, root, stores, {
    GATEHOUSE_USAGE: 'false',
    GATEHOUSE_GATEWAY_TLS_DIR: join(stand.directory, 'tls'),
  });
  await gatehouse.start();
  const api = await startUpstream(stand, OTHER_CORE);
  const files = await startFiles(stand, OTHER_CORE, makeFiles(stand));
  const events = await startEventUpstream(stand);
  await createRoutes(gatehouse, { api, files, events });
  const recording = await gatehouse.startAnother('recording', {
    GATEHOUSE_USAGE: 'true',
    GATEHOUSE_GATEWAY_TLS_PORT: String(tlsPort),
  });
  const audience = `${gatehouse.gateway}/demo`;
  const callers = await makeCallers(stand, gatehouse);
  const checker = await startTokenChecker(stand, { issuer: gatehouse.issuer, audience, scope: 'demo:read' });
  return {
    gatehouse,
    recording: { ...recording, tlsUrl: `https://127.0.0.1:${tlsPort}` },
    few: await withRoutes(stand, gatehouse, api, 10),
    many: await withRoutes(stand, gatehouse, api, 10_000),
    authorizations: callers.authorizations,
    renewTokens: callers.renew,
    opaque: writeAuthorizations(stand, 'opaque', await opaqueTokens(gatehouse)),
    api,
    events,
    files,
    peers: {
      nginx: await startNginxProxy(stand, MEASURED_CORE, api.url),
      bare: await startBareProxy(stand, api.url),
      fastify: await startProxy(stand, 'fastify-http-proxy', api.url),
      express: await startProxy(stand, 'express-http-proxy-middleware', api.url),
      bareFiles: await startProxy(stand, 'bare-undici', files.url, '/ok'),
      bareEvents: await startProxy(stand, 'bare-undici', events.url),
      authRequest: {
        ...(await startNginxAuthRequest(stand, MEASURED_CORE, api.url, checker.url)),
        alsoProgram: checker.program,
      },
      nginxTls: await startNginxTls(stand, MEASURED_CORE, api.url, certificate),
    },
  };
}

async function createRoutes(gatehouse, { api, files, events }) {
  const guards = [{ type: 'access_token', audience: `${gatehouse.gateway}/demo`, scopes: ['demo:read'] }];
  const limits = [{ by: 'client', limit: 1_000_000_000, window: 60 }];
  const route = (name, upstream, more = {}) =>
    gatehouse.createRoute({
      name: `bench-${name}`,
      match: { paths: [`/${name}`] },
      upstream: { url: upstream.url },
      strip_prefix: true,
      guards: [],
      ...more,
    });
  await route('plain', api);
  await route('scope', api, { guards });
  await route('limited', api, { guards, limits });
  const opaque = [{ type: 'access_token', audience: `${gatehouse.gateway}/opaque`, scopes: ['opaque:read'] }];
  await route('opaque', api, { guards: opaque });
  await route('files', files);
  await route('events', events);
}

/** A gateway whose configuration is a file with so many routes of distinct hosts and paths. */
async function withRoutes(stand, gatehouse, api, count) {
  const routes = Array.from({ length: count }, (_, i) => ({
    name: `route-${i}`,
    match: { paths: [`/team-${i % 100}/service-${i}`] },
    upstream: { url: api.url },
    guards: [],
  }));
  const file = join(stand.directory, `routes-${count}.json`);
  writeFileSync(file, JSON.stringify({ routes }));
  const { program, url } = await gatehouse.startAnother(`routes-${count}`, {
    GATEHOUSE_USAGE: 'false',
    GATEHOUSE_GATEWAY_CONFIG_FILE: file,
  });
  const last = count - 1;
  return { program, url: `${url}/team-${last % 100}/service-${last}/answer` };
}

async function opaqueTokens(gatehouse) {
  return gatehouse.opaqueTokens(CLIENTS);
}

function makeFiles(stand) {
  const folder = join(stand.directory, 'www');
  mkdirSync(folder);
  writeFileSync(join(folder, 'mebibyte'), Buffer.alloc(MIB, 'x'));
  return folder;
}

function makeCertificate(folder) {
  mkdirSync(folder);
  const [certFile, keyFile] = [join(folder, 'bench.crt'), join(folder, 'bench.key')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const names = ['-subj', '/CN=bench', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', keyFile, '-out', certFile];
  execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', '-days', '2', ...names, ...files], {
    stdio: 'ignore',
  });
  return { certFile, keyFile };
}
