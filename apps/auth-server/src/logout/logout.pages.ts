import { html, type Page, personLine } from '@gatehouse/pages';
import type { User } from '../users/user.entity.js';
import { formTargets } from '../interaction/redirect-target.js';

export interface LogoutForm {
  readonly user: User;
  readonly csrf: string;
  /** Who asks, when an application does. */
  readonly clientName?: string | undefined;
  readonly target: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Asks before it signs out: a link from elsewhere must not be enough. */
export function logoutPage({ user, csrf, clientName, target, parameters }: LogoutForm): Page {
  const fields = Object.entries(parameters).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
  );
  return {
    title: 'Sign out',
    ...(target === undefined ? {} : { formTargets: formTargets(target) }),
    body: html`<h1>Sign out?</h1>
      ${
        clientName !== undefined &&
        html`<p class="lead">
          <strong><bdi>${clientName}</bdi></strong> asks to sign you out here, too.
        </p>`
      }
      <p class="lead">The next application you open will ask you to sign in again.</p>
      ${personLine(user)}
      <form method="post" action="/logout">
        <input type="hidden" name="csrf" value="${csrf}" />
        ${fields}
        <button type="submit" autofocus>Sign out</button>
      </form>`,
  };
}

/** @param frames addresses of applications that sign their own sessions out when they are opened */
export function signedOutPage(frames: readonly string[] = [], target?: string): Page {
  return {
    title: 'You are signed out',
    frameSources: [...new Set(frames.map((frame) => new URL(frame).origin))],
    body: html`<h1>You are signed out</h1>
      <p>
        Applications that you used keep their own sign-in for a while: on a shared computer, sign out of them,
        too.
      </p>
      ${target !== undefined && html`<p><a class="button" href="${target}" rel="noreferrer">Continue</a></p>`}
      ${frames.map(
        (frame) => html`<iframe src="${frame}" title="" hidden referrerpolicy="no-referrer"></iframe>`,
      )}`,
  };
}
