import { html, type Page } from '@gatehouse/pages';
import { MAX_PASSWORD, MAX_USERNAME } from '../users/users.service.js';
import type { FormContext } from './form-context.js';
import { formTargets } from './redirect-target.js';

export interface LoginForm extends FormContext {
  readonly username: string;
  /** Why the last try did not do. */
  readonly error?: string | undefined;
}

export function loginPage({ path, csrf, clientName, redirectUri, lang, username, error }: LoginForm): Page {
  const focusOnPassword = username !== '';
  const faulty = error !== undefined && html`aria-invalid="true" aria-describedby="error"`;
  return {
    title: error === undefined ? 'Sign in' : 'Sign in: please try again',
    lang,
    formTargets: formTargets(redirectUri),
    body: html`<h1>Sign in</h1>
      <p class="lead">
        to continue to <strong><bdi>${clientName}</bdi></strong>
      </p>
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
          autocorrect="off"
          spellcheck="false"
          maxlength="${MAX_USERNAME}"
          required
          ${faulty}
          ${!focusOnPassword && html`autofocus`}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          maxlength="${MAX_PASSWORD}"
          required
          ${faulty}
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
