import { html, type Page } from '@gatehouse/pages';
import { loginPath } from '../../login/login-path.js';

/** What a page is about. */
export interface ConnectPage {
  readonly server: string;
  /** Who is signed in, as people call themselves. */
  readonly who: string;
  /** The page's own address, to which its forms go and logins come back. */
  readonly path: string;
  /** The login client's name in addresses. */
  readonly client: string | undefined;
}

export function connectPage({ server, who, path, client }: ConnectPage): Page {
  return {
    title: `Connect ${server}`,
    body: html`<h1>Connect ${server}</h1>
      <p>
        You are signed in as <strong>${who}</strong>. Tools of <strong>${server}</strong> that are called for
        you will work with the account that you choose there, and nobody else's.
      </p>
      ${button(path, 'connect', `Go on to ${server}`)} ${otherAccount(path, client)}`,
  };
}

export function connectedPage({ server, who, path, client }: ConnectPage): Page {
  return {
    title: `${server} is connected`,
    body: html`<h1>${server} is connected</h1>
      <p>
        Tools of <strong>${server}</strong> work with your account, as long as you are
        <strong>${who}</strong>. You can close this page, and go on where you were.
      </p>
      ${button(path, 'disconnect', 'Disconnect')} ${button(path, 'connect', 'Connect another account')}
      ${otherAccount(path, client)}`,
  };
}

export function disconnectedPage({ server, path }: ConnectPage): Page {
  return {
    title: `${server} is disconnected`,
    body: html`<h1>${server} is disconnected</h1>
      <p>The gateway has forgotten your account at <strong>${server}</strong>.</p>
      ${button(path, 'connect', 'Connect an account')}`,
  };
}

/** The link was made for somebody else: what is connected by it would not be theirs. */
export function otherPersonPage({ server, who, path, client }: ConnectPage): Page {
  return {
    title: 'This link is for another account',
    body: html`<h1>This link is for another account</h1>
      <p>
        You are signed in as <strong>${who}</strong>, and the link to <strong>${server}</strong> was made for
        somebody else. Nothing was connected. If it is yours, sign in as you did where the link comes from.
      </p>
      ${otherAccount(path, client)}`,
  };
}

/** On the way to the authorization server. */
export function leavingPage(server: string): Page {
  return {
    title: `On to ${server}`,
    body: html`<h1>On to ${server}</h1>
      <p>One moment.</p>`,
  };
}

function button(path: string, action: 'connect' | 'disconnect', text: string) {
  return html`<form method="post" action="${path}">
    <input type="hidden" name="action" value="${action}" /><button type="submit">${text}</button>
  </form>`;
}

function otherAccount(returnTo: string, client: string | undefined) {
  return html`<p><a href="${loginPath({ returnTo, client, prompt: 'login' })}">Use another account</a></p>`;
}
