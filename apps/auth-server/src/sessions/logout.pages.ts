import { html, type Page } from '@gatehouse/pages';
import type { User } from '../users/user.entity.js';
import { personLine } from '../users/person-line.js';

/** Asks before it signs out: a link from elsewhere must not be enough. */
export function logoutPage(user: User, csrf: string): Page {
  return {
    title: 'Sign out',
    body: html`<h1>Sign out?</h1>
      <p class="lead">The next application you open will ask you to sign in again.</p>
      ${personLine(user)}
      <form method="post" action="/logout">
        <input type="hidden" name="csrf" value="${csrf}" />
        <button type="submit" autofocus>Sign out</button>
      </form>`,
  };
}

export function signedOutPage(): Page {
  return {
    title: 'You are signed out',
    body: html`<h1>You are signed out</h1>
      <p>
        Applications that you used keep their own sign-in for a while: on a shared computer, sign out of them,
        too.
      </p>`,
  };
}
