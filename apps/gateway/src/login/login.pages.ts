import { html, type Page } from '@gatehouse/pages';
import { loginPath, ownPath } from './login-path.js';

type Client = string | undefined;

export function confirmLogoutPage(client: Client): Page {
  return {
    title: 'Sign out?',
    body: html`<h1>Sign out?</h1>
      <p>You will have to sign in again to go on.</p>
      <form method="post" action="${ownPath('logout', client)}"><button type="submit">Sign out</button></form>
      <p><a href="/">Stay signed in</a></p>`,
  };
}

export function signedOutPage(client: Client): Page {
  return {
    title: 'You are signed out',
    body: html`<h1>You are signed out</h1>
      <p class="quiet">Of the applications behind this gateway.</p>
      <p><a class="button" href="${loginPath({ returnTo: '/', client })}">Sign in again</a></p>`,
  };
}

/** On the way to the provider, where people sign out, too. */
export function leavingPage(): Page {
  return {
    title: 'You are signed out here',
    body: html`<h1>You are signed out here</h1>
      <p>One moment: the server that signs people in is told, too.</p>
      <p class="quiet"><a href="/">Back to the start</a></p>`,
  };
}

/** For who is signed in, and may not see what they asked for. */
export function deniedPage(client: Client, name: string | undefined): Page {
  return {
    title: 'This is not for you to see',
    body: html`<h1>This is not for you to see</h1>
      <p>
        You are signed in${name !== undefined && html` as <strong>${name}</strong>`}, and that is not enough
        for the page that you asked for. Who runs it can let you in; or use another account.
      </p>
      <p>
        <a class="button" href="${loginPath({ returnTo: '/', client, prompt: 'login' })}"
          >Use another account</a
        >
      </p>
      <p><a href="${ownPath('logout', client)}">Sign out</a></p>`,
  };
}
