import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './stand.mjs';

/** The answer of every upstream call: 1 KiB of JSON. */
export const ANSWER = JSON.stringify({ text: 'x'.repeat(1024 - '{"text":""}'.length) });

/** nginx answering 1 KiB by itself: the API behind every proxy that is measured. */
export async function startUpstream(stand, core) {
  const server = (port) =>
    `server { listen 127.0.0.1:${port} backlog=1024; default_type application/json; return 200 '${ANSWER}'; }`;
  return start(stand, 'upstream', core, server);
}

/** nginx as a plain proxy in front of that API. */
export async function startNginxProxy(stand, core, upstream) {
  const { host } = new URL(upstream);
  const server = (port) => `
    upstream api { server ${host}; keepalive 128; keepalive_requests 100000000; }
    server {
      listen 127.0.0.1:${port} backlog=1024;
      location / { proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }`;
  return start(stand, 'nginx-proxy', core, server);
}

/** nginx that asks a token checker (auth_request) before each call. */
export async function startNginxAuthRequest(stand, core, upstream, checker) {
  const server = (port) => `
    upstream api { server ${new URL(upstream).host}; keepalive 128; keepalive_requests 100000000; }
    upstream checker { server ${new URL(checker).host}; keepalive 128; keepalive_requests 100000000; }
    server {
      listen 127.0.0.1:${port} backlog=1024;
      location = /health { return 200 ok; }
      location = /check {
        internal; proxy_pass http://checker; proxy_http_version 1.1; proxy_set_header Connection "";
        proxy_pass_request_body off; proxy_set_header Content-Length "";
      }
      location / {
        auth_request /check;
        proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection "";
      }
    }`;
  return start(stand, 'nginx-auth-request', core, server, '/health');
}

/** nginx with TLS in front of that API. */
export async function startNginxTls(stand, core, upstream, { certFile, keyFile }) {
  const server = (port) => `
    upstream api { server ${new URL(upstream).host}; keepalive 128; keepalive_requests 100000000; }
    server {
      listen 127.0.0.1:${port} ssl backlog=1024; ssl_certificate ${certFile}; ssl_certificate_key ${keyFile};
      location / { proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection ""; }
    }
    server { listen 127.0.0.1:${port + 1}; location / { return 200 ok; } }`;
  const { program, url } = await start(stand, 'nginx-tls', core, server, '/', 1);
  return { program, url: url.replace('http:', 'https:') };
}

/** nginx that serves files: an API with large answers, which reads and drops what it is sent. */
export async function startFiles(stand, core, folder) {
  const server = (port) => `
    server {
      listen 127.0.0.1:${port} backlog=1024; root ${folder}; client_max_body_size 0; sendfile on;
      location = /ok { return 200 ok; }
    }`;
  return start(stand, 'files', core, server, '/ok');
}

async function start(stand, name, core, server, path = '/', portsAfter = 0) {
  const port = await freePort();
  const folder = join(stand.directory, name);
  mkdirSync(folder);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log stderr warn;
    events { worker_connections 1024; }
    http {
      access_log off; keepalive_requests 100000000; keepalive_timeout 75s;
      ${temporary.join(' ')}
      ${server(port)}
    }\n`,
  );
  const command = ['nginx', '-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')];
  const program = stand.start(name, command, { core });
  const url = `http://127.0.0.1:${port}`;
  await stand.ready(program, `http://127.0.0.1:${port + portsAfter}${path}`);
  return { program, url };
}
