import { type Html, html, type Page, personLine, timeText } from '@gatehouse/pages';
import type { User } from '../users/user.entity.js';
import type { Access } from './access.js';
import { deviceName } from './device-name.js';
import type { LoginSession } from '../sessions/sessions.service.js';

export interface AccountPage {
  readonly user: User;
  readonly csrf: string;
  readonly currentSid: string;
  readonly sessions: readonly { session: LoginSession; clients: readonly string[] }[];
  readonly access: readonly Access[];
}

/** "Where am I signed in": every browser, and every application that may act for the person. */
export function accountPage({ user, csrf, currentSid, sessions, access }: AccountPage): Page {
  const token = html`<input type="hidden" name="csrf" value="${csrf}" />`;
  return {
    title: 'Where you are signed in',
    body: html`<h1>Where you are signed in</h1>
      ${personLine(user)}
      <h2>Browsers</h2>
      <ul class="list">
        ${sessions.map(({ session, clients }) => sessionItem(session, clients, currentSid, token))}
      </ul>
      <h2>Applications with access</h2>
      ${
        access.length === 0
          ? html`<p class="quiet">No application may act for you.</p>`
          : html`<ul class="list">
              ${access.map((one) => accessItem(one, token))}
            </ul>`
      }`,
  };
}

function sessionItem(
  session: LoginSession,
  clients: readonly string[],
  currentSid: string,
  token: Html,
): Html {
  const { sid, device, authTime } = session;
  const here = sid === currentSid;
  return html`<li>
    <p>
      <strong>${deviceName(device.userAgent)}</strong>${here && ' · this browser'}<br />
      <span class="quiet">
        ${device.address !== undefined && html`${device.address} · `}signed in ${timeText(authTime * 1000)}
        ${clients.length > 0 && html`<br />Signed in to <bdi>${clients.join(', ')}</bdi>`}
      </span>
    </p>
    <form method="post" action="/account/sessions/end">
      ${token}<input type="hidden" name="sid" value="${sid}" />
      <button type="submit" class="link">
        Sign out<span class="unseen"> of ${deviceName(device.userAgent)}</span>
      </button>
    </form>
  </li>`;
}

function accessItem({ clientId, name, permissions, since }: Access, token: Html): Html {
  return html`<li>
    <p>
      <strong><bdi>${name}</bdi></strong
      ><br />
      <span class="quiet">${permissions.join(' · ')}<br />since ${timeText(since.getTime())}</span>
    </p>
    <form method="post" action="/account/sessions/revoke">
      ${token}<input type="hidden" name="client_id" value="${clientId}" />
      <button type="submit" class="link">Remove access<span class="unseen"> of ${name}</span></button>
    </form>
  </li>`;
}
