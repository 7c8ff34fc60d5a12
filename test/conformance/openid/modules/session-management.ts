import { webcrypto } from 'node:crypto';
import { Browser } from '../../../../examples/demo-flow/src/browser.js';
import { endSession } from '../end-session.js';
import type { Module, Plan } from '../plan.js';

type Handler = (event: object) => void;

/** OpenID Connect Session Management. */
export const sessionManagement: Readonly<Record<string, Module>> = {
  'oidcc-session-management-discovery-endpoint-verification': async (plan) => {
    for (const name of ['check_session_iframe', 'end_session_endpoint'])
      expect([name, plan.metadata[name]]).toEqual([name, expect.stringMatching(/^https:\/\/issuer\.test\//)]);
  },

  'oidcc-session-management-rp-initiated-logout': async (plan) => {
    const browser = new Browser();
    const client = await plan.register();
    const { answer, idToken } = await client.complete({}, { browser });
    const { session_state: state } = answer.members;
    // §2: it has no space, since the message to the frame has one.
    expect(state).toMatch(/^\S+$/);
    const message = `${client.client.clientId} ${state!}`;
    const { origin } = new URL(client.redirectUri);
    expect(await askFrame(plan, browser, message, origin)).toBe('unchanged');
    await endSession({ plan, browser }, { id_token_hint: idToken! });
    expect(await askFrame(plan, browser, message, origin)).toBe('changed');
  },
};

/** §3.1: what the OP's frame answers to a message, its script run in a browser of little more than a cookie jar. */
async function askFrame(plan: Plan, browser: Browser, data: string, origin: string): Promise<string> {
  const { body } = await plan.server.fetch(new URL(String(plan.metadata.check_session_iframe)).pathname);
  const script = /<script>([\s\S]*)<\/script>/.exec(String(body.text))![1]!;
  const cookies = await browser.cookiesFor(plan.server.url);
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return new Promise((answer) => {
    const addEventListener = (_name: string, handler: Handler) =>
      handler({ data, origin, source: { postMessage: answer } });
    const run = new Function('addEventListener', 'document', 'crypto', script) as (...all: unknown[]) => void;
    run(addEventListener, { cookie }, webcrypto);
  });
}
