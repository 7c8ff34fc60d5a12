import { join } from 'node:path';
import { createApp } from './app.js';
import { waitForDemo } from './demo-file.js';

const host = process.env.GATEHOUSE_DEMO_APP_HOST || '127.0.0.1';
const port = Number(process.env.GATEHOUSE_DEMO_APP_PORT || 3000);

async function main(): Promise<void> {
  const demo = await waitForDemo(process.env.GATEHOUSE_DEMO_FILE || join('.data', 'demo.json'));
  const gateway = process.env.GATEHOUSE_GATEWAY_INTERNAL_URL || demo.gateway;
  const apiUrl = `${demo.api.url}/hello`;
  const app = createApp({
    gatehouse: {
      issuer: demo.issuer,
      internal: process.env.GATEHOUSE_AUTH_INTERNAL_URL || demo.issuer,
      clientId: demo.client.client_id,
      clientSecret: demo.client.client_secret,
      callback: demo.client.redirect_uris[0] ?? `http://localhost:${port}/callback`,
      scope: ['openid', 'profile', 'email', ...demo.api.scopes],
    },
    apiUrl,
    apiInternalUrl: apiUrl.replace(demo.gateway, gateway),
  });
  const server = app.listen(port, host, (error) => (error ? fail(error) : undefined));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      server.close(() => process.exit(0));
      server.closeIdleConnections();
    });
  }
}

function fail(error: unknown): void {
  console.error(`demo-app: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

main().catch(fail);
