import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The part of demo.json that this app needs. */
export interface Demo {
  issuer: string;
  gateway: string;
  client: { client_id: string; client_secret: string; redirect_uris: string[] };
  api: { url: string; scopes: string[] };
}

const PATIENCE_SECONDS = 60;
const POLL_MS = 50;

/**
 * Reads demo.json, which the auth-server writes when it starts for the first time.
 * @throws Error when it doesn't appear within a minute
 */
export async function waitForDemo(file: string): Promise<Demo> {
  const deadline = Date.now() + PATIENCE_SECONDS * 1000;
  while (!existsSync(file)) {
    if (Date.now() > deadline)
      throw new Error(`${file} (GATEHOUSE_DEMO_FILE) does not exist: is the auth-server running?`);
    await sleep(POLL_MS);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Demo;
}
