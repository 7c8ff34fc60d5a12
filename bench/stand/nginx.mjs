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

async function start(stand, name, core, server) {
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
  await stand.ready(program, `${url}/`);
  return { program, url };
}
