import { type Html, html, type Page, personLine } from '@gatehouse/pages';
import type { User } from '../users/user.entity.js';

export interface CodeForm {
  readonly csrf: string;
  readonly userCode: string;
  /** Why the last code did not do. */
  readonly error?: string | undefined;
  /** The page with its code, for a phone to read. */
  readonly qr?: Html | undefined;
}

/** Where a person types what their device shows (RFC 8628 §3.3). */
export function codePage({ csrf, userCode, error, qr }: CodeForm): Page {
  const faulty = error !== undefined && html`aria-invalid="true" aria-describedby="error"`;
  return {
    title: error === undefined ? 'Connect a device' : 'Connect a device: please try again',
    body: html`<h1>Connect a device</h1>
      <p class="lead">Enter the code that your device shows.</p>
      ${error !== undefined && html`<p class="alert" id="error" role="alert">${error}</p>`}
      <form method="post" action="/device">
        <input type="hidden" name="csrf" value="${csrf}" />
        <label for="user_code">Code</label>
        <input
          id="user_code"
          name="user_code"
          type="text"
          class="code"
          value="${userCode}"
          placeholder="BCDF-GHJK"
          autocomplete="off"
          autocapitalize="characters"
          autocorrect="off"
          spellcheck="false"
          maxlength="20"
          required
          autofocus
          ${faulty}
        />
        <button type="submit">Continue</button>
      </form>
      ${
        qr !== undefined &&
        html`<h2>Rather on your phone?</h2>
          <p class="quiet">Scan this, and go on there.</p>
          ${qr}`
      }`,
  };
}

export interface ConfirmForm {
  /** The visit's path. */
  readonly path: string;
  readonly csrf: string;
  readonly clientName: string;
  readonly userCode: string;
  readonly user: Pick<User, 'name' | 'username'>;
  readonly permissions: readonly string[];
}

/** Where a person says whether the device may act for them: always asked, as a code can be somebody else's (RFC 8628 §5.4). */
export function confirmPage({ path, csrf, clientName, userCode, user, permissions }: ConfirmForm): Page {
  const notYou = html`<form method="post" action="${path}/switch">
    <input type="hidden" name="csrf" value="${csrf}" />
    <button type="submit" class="link">Not you?</button>
  </form>`;
  return {
    title: `Connect ${clientName}?`,
    body: html`<h1>Connect <bdi>${clientName}</bdi>?</h1>
      ${personLine(user, notYou)}
      <p>Your device must show this code:</p>
      <p class="usercode"><strong>${userCode}</strong></p>
      <p>It will be able to:</p>
      <ul class="scopes">
        ${permissions.map((permission) => html`<li>${permission}</li>`)}
      </ul>
      <p class="quiet">
        Did somebody send you this code, or a link with it? Then deny: they would get into your account.
      </p>
      <form method="post" action="${path}">
        <input type="hidden" name="csrf" value="${csrf}" />
        <div class="choices">
          <button type="submit" name="decision" value="allow">Allow</button>
          <button type="submit" name="decision" value="deny" class="plain">Deny</button>
        </div>
      </form>`,
  };
}

export function donePage(clientName: string, allowed: boolean): Page {
  const [title, text] = allowed
    ? ['Your device is connected', 'is signed in. You can go back to your device, and close this page.']
    : ['Nothing was allowed', 'gets no access. You can close this page.'];
  return {
    title,
    body: html`<h1>${title}</h1>
      <p>
        <strong><bdi>${clientName}</bdi></strong> ${text}
      </p>`,
  };
}
