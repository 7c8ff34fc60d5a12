import type { Flow } from './flow.js';
import { registerClient } from './steps/1-register-client.js';
import { redirectUser } from './steps/2-redirect-user.js';
import { logInAndConsent } from './steps/3-log-in-and-consent.js';
import { exchangeForTokens } from './steps/4-exchange-code.js';
import { callDemoApi } from './steps/5-call-api.js';
import { refreshAndRevoke } from './steps/6-refresh-and-revoke.js';
import { restartServers } from './steps/7-restart-servers.js';
import { signInAtGateway } from './steps/8-gateway-login.js';

/** One step of the main job. */
export interface Step {
  title: string;
  /** @throws CheckFailed at the first expectation that isn't met. */
  run: (flow: Flow) => Promise<void>;
}

/** The main job, in order; each step builds on what the ones before left in the flow. */
export const STEPS: readonly Step[] = [
  { title: 'An administrator registers an app as a client', run: registerClient },
  { title: 'The app redirects the user to Gatehouse', run: redirectUser },
  { title: 'The user logs in and consents', run: logInAndConsent },
  { title: 'The app exchanges the code and validates the ID token', run: exchangeForTokens },
  { title: 'The app calls the demo API through the gateway', run: callDemoApi },
  { title: 'It refreshes, calls again, and revokes', run: refreshAndRevoke },
  { title: 'Either server restarts in between', run: restartServers },
  { title: 'A browser opens a gateway route with redirect login', run: signInAtGateway },
];
