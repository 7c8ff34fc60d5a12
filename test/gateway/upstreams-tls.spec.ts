import { copyFileSync, readFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createAuthority, readCertificate } from '../support/certificates.js';
import { send } from './gateway.js';
import { type LoneGateway, startLoneGateway } from './lone-gateway.js';
import { addPool, pause, putUpstreams, until } from './upstreams.js';

describe('https upstreams', () => {
  const ours = createAuthority('Ours');
  const theirs = createAuthority('Theirs');
  const good = ours.issue('good', ['DNS:orders.internal', 'IP:127.0.0.1']);
  const otherName = ours.issue('other-name', ['DNS:other.internal']);
  const client = ours.issue('client', ['DNS:gateway.internal']);
  const servers: https.Server[] = [];
  let gateway: LoneGateway;

  beforeAll(async () => {
    gateway = await startLoneGateway();
    await addPool(gateway, '/');
  });
  afterAll(async () => {
    await gateway?.stop();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    ours.remove();
    theirs.remove();
  });

  /** @returns its port; it answers the SNI it was asked for and the name of the client's certificate */
  const startServer = async (files: typeof good, options: https.ServerOptions = {}) => {
    const server = https.createServer({ ...readCertificate(files), ...options }, (request, response) => {
      const socket = request.socket as TLSSocket & { servername: string };
      const name = socket.getPeerCertificate().subject?.CN ?? null;
      response.end(JSON.stringify({ sni: socket.servername, client: name, host: request.headers.host }));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const put = (port: number, tls?: object, settings: object = {}) =>
    putUpstreams(gateway, {
      name: 'pool',
      targets: [{ url: `https://127.0.0.1:${port}` }],
      ...(tls ? { tls } : {}),
      ...settings,
    });
  const ask = async () => {
    const answer = await fetch(`${gateway.url}/`);
    const text = await answer.text();
    return {
      status: answer.status,
      json: answer.ok ? (JSON.parse(text) as Record<string, unknown>) : undefined,
    };
  };

  it('APISIX CVE-2026-31923: a certificate that nobody vouches for is refused, unless verify is switched off', async () => {
    const port = await startServer(good);
    put(port);
    expect((await ask()).status).toBe(502);
    put(port, { verify: false });
    expect((await ask()).status).toBe(200);
    put(port, {});
    expect((await ask()).status).toBe(502);
  });

  it('ca_file: only the authorities in it are trusted', async () => {
    const port = await startServer(good);
    put(port, { ca_file: ours.ca });
    expect((await ask()).status).toBe(200);
    put(port, { ca_file: theirs.ca });
    expect((await ask()).status).toBe(502);
  });

  it('the certificate has to be for the host, or for server_name, which is the SNI, too', async () => {
    const port = await startServer(otherName);
    put(port, { ca_file: ours.ca });
    expect((await ask()).status).toBe(502);
    put(port, { ca_file: ours.ca, server_name: 'other.internal' });
    expect(await ask()).toMatchObject({ status: 200, json: { sni: 'other.internal' } });
    put(port, { ca_file: ours.ca, server_name: 'orders.internal' });
    expect((await ask()).status).toBe(502);
  });

  it('mutual TLS: cert_file and key_file show who the gateway is', async () => {
    const port = await startServer(good, {
      requestCert: true,
      rejectUnauthorized: true,
      ca: readFileSync(ours.ca),
    });
    put(port, { ca_file: ours.ca });
    expect((await ask()).status).toBe(502);
    put(port, { ca_file: ours.ca, cert_file: client.cert, key_file: client.key });
    expect(await ask()).toMatchObject({ status: 200, json: { client: 'client' } });
  });

  it('files are read again when they change; while they cannot be used, the last ones are', async () => {
    const live = theirs.issue('live', ['DNS:gateway.internal']);
    const port = await startServer(good, { requestCert: true, rejectUnauthorized: false });
    const tls = { ca_file: ours.ca, cert_file: live.cert, key_file: live.key };
    put(port, tls, { connections: { idle_timeout: 0.1 } });
    expect((await ask()).json).toMatchObject({ client: 'live' });
    copyFileSync(client.cert, live.cert);
    await pause(1_500);
    expect((await ask()).json).toMatchObject({ client: 'live' });
    copyFileSync(client.key, live.key);
    await until(async () => (await ask()).json?.client === 'client');
  });

  it('files that are not there: 502, until they are', async () => {
    const port = await startServer(good);
    const missing = `${ours.ca}.missing`;
    put(port, { ca_file: missing });
    expect((await ask()).status).toBe(502);
    copyFileSync(ours.ca, missing);
    await until(async () => (await ask()).status === 200);
  });

  it('the Host that the caller chose decides nothing about TLS', async () => {
    const port = await startServer(otherName);
    put(port, { ca_file: ours.ca, server_name: 'other.internal' });
    for (const host of ['a.example', 'b.example']) {
      const answer = await send(gateway.url, { path: '/', headers: { host } });
      expect(JSON.parse(answer.text)).toMatchObject({ sni: 'other.internal' });
    }
  });
});
