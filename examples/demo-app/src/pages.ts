import { html, type Page } from '@gatehouse/pages';
import type { ApiAnswer } from './gatehouse-calls.js';
import type { SignedIn } from './gatehouse-strategy.js';

const BRAND = 'Demo app';

/** Before signing in: one button. */
export function welcomePage(issuer: string): Page {
  return {
    title: 'Demo app',
    brand: BRAND,
    // The browser checks where the form's redirect leads.
    formTargets: [new URL(issuer).origin],
    body: html`<h1>See the whole flow</h1>
      <p>
        This app keeps no passwords. It sends you to Gatehouse to sign in, then calls an API through the
        gateway on your behalf.
      </p>
      <form method="get" action="/login"><button type="submit">Sign in with Gatehouse</button></form>
      <p class="quiet">
        User name and password are in <code>demo.json</code>, whose place was printed at the start.
      </p>`,
  };
}

/** After signing in. */
export function homePage(user: SignedIn, apiUrl: string, answer?: ApiAnswer): Page {
  return {
    title: `Signed in as ${user.name}`,
    brand: BRAND,
    body: html`<h1>Hello, ${user.name}</h1>
      <p>You are signed in. The access token stays on this app's server; your browser never sees it.</p>
      <form method="post" action="/call"><button type="submit">Call the demo API</button></form>
      ${answer !== undefined && answerPart(apiUrl, answer)}
      <form method="post" action="/logout"><button type="submit" class="plain">Sign out</button></form>`,
  };
}

function answerPart(apiUrl: string, { status, text }: ApiAnswer) {
  const hint =
    status === 401 ? html`<p class="alert">The token is no longer valid: sign out and in again.</p>` : false;
  return html`<p class="quiet"><code>GET ${apiUrl}</code> answered <strong>${status || 'nothing'}</strong></p>
    ${hint}
    <pre tabindex="0">${text}</pre>`;
}

/** When a sign-in didn't succeed. */
export function failurePage(reason: string): Page {
  return {
    title: 'Not signed in',
    brand: BRAND,
    body: html`<h1>Not signed in</h1>
      <p class="alert" role="alert">${reason}</p>
      <p><a class="button" href="/">Back to the start</a></p>`,
  };
}
