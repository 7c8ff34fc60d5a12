import { html, type Page } from '@gatehouse/pages';

interface FormContext {
  /** The interaction's path, without a slash at its end. */
  readonly path: string;
  readonly csrf: string;
  readonly clientName: string;
  /** Where the browser may be sent after a post. */
  readonly returnsTo: string;
}

export interface LoginForm extends FormContext {
  readonly username: string;
  readonly error?: string;
}

export function loginPage({ path, csrf, clientName, returnsTo, username, error }: LoginForm): Page {
  const focusOnPassword = username !== '';
  return {
    title: 'Sign in',
    formTargets: formTargets(returnsTo),
    body: html`<h1>Sign in</h1>
      <p class="quiet">to continue to <strong>${clientName}</strong></p>
      ${error !== undefined && html`<p class="alert" id="error" role="alert">${error}</p>`}
      <form method="post" action="${path}/login">
        <input type="hidden" name="csrf" value="${csrf}" />
        <label for="username">User name</label>
        <input
          id="username"
          name="username"
          type="text"
          value="${username}"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          maxlength="320"
          required
          ${error !== undefined && html`aria-describedby="error"`}
          ${!focusOnPassword && html`autofocus`}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          maxlength="1024"
          required
          ${error !== undefined && html`aria-describedby="error"`}
          ${focusOnPassword && html`autofocus`}
        />
        <button type="submit">Sign in</button>
      </form>
      <form method="post" action="${path}/cancel">
        <input type="hidden" name="csrf" value="${csrf}" />
        <button type="submit" class="plain">Cancel</button>
      </form>`,
  };
}

export interface ConsentForm extends FormContext {
  readonly userName: string;
  readonly scopes: readonly { readonly description: string }[];
}

export function consentPage({ path, csrf, clientName, returnsTo, userName, scopes }: ConsentForm): Page {
  return {
    title: `Allow ${clientName}?`,
    formTargets: formTargets(returnsTo),
    body: html`<h1>Allow ${clientName}?</h1>
      <p>It will be able to:</p>
      <ul>
        ${scopes.map(({ description }) => html`<li>${description}</li>`)}
      </ul>
      <p class="quiet">You will be sent to <strong>${destination(returnsTo)}</strong>.</p>
      <form method="post" action="${path}/consent">
        <input type="hidden" name="csrf" value="${csrf}" />
        <button type="submit" name="decision" value="allow">Allow</button>
        <button type="submit" name="decision" value="deny" class="plain">Deny</button>
      </form>
      <form method="post" action="${path}/switch">
        <input type="hidden" name="csrf" value="${csrf}" />
        <p class="quiet">Signed in as <strong>${userName}</strong>.</p>
        <button type="submit" class="plain">Use another account</button>
      </form>`,
  };
}

/** Browsers hold redirects after a post to form-action, so the client's origin must be in it. */
function formTargets(redirectUri: string): string[] {
  const url = new URL(redirectUri);
  return [url.protocol === 'https:' || url.protocol === 'http:' ? url.origin : url.protocol];
}

function destination(redirectUri: string): string {
  const url = new URL(redirectUri);
  return url.host || url.protocol;
}
