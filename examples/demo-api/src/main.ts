import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { callerOf } from './caller.js';
import { sitePage } from './site-page.js';

const host = process.env.GATEHOUSE_DEMO_API_HOST || '127.0.0.1';
const port = Number(process.env.GATEHOUSE_DEMO_API_PORT || 4100);

/** An API that knows nothing of OAuth: the gateway has checked the caller, and says who it is in headers. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  // A body is of no use here, but has to be read before the connection can serve the next request.
  request.resume();
  const path = new URL(request.url ?? '/', 'http://demo-api').pathname;
  if (path === '/health') return json(response, { status: 'ok' });
  const caller = callerOf(request.headers);
  if (path === '/site' || path.startsWith('/site/')) return html(response, sitePage(caller));
  json(response, { message: 'Hello from the demo API', method: request.method, path: request.url, caller });
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body, null, 2)}\n`);
}

function html(response: ServerResponse, page: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
  response.end(page);
}

const server = createServer(answer);
server.on('error', (error) => {
  console.error(`demo-api: ${error.message} (GATEHOUSE_DEMO_API_HOST, GATEHOUSE_DEMO_API_PORT)`);
  process.exit(1);
});
server.listen(port, host);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
