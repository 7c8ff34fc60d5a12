import { html, type Page, personLine } from '@gatehouse/pages';
import type { DetailText } from '../authorize/authorization-details.js';
import type { User } from '../users/user.entity.js';
import type { FormContext } from './form-context.js';
import { destination, formTargets } from './redirect-target.js';

export interface ConsentForm extends FormContext {
  /** The token of the consent form itself: it holds for the person it was shown to. */
  readonly consentCsrf: string;
  readonly user: Pick<User, 'name' | 'username'>;
  /** What the client will be able to do, a line each. */
  readonly permissions: readonly string[];
  /** RFC 9396: what else it will be able to do. */
  readonly details: readonly DetailText[];
  /** The host of the client's metadata document, when it has one: all that is known for sure. */
  readonly publishedAt?: string | undefined;
  readonly policyUri?: string | undefined;
  readonly termsUri?: string | undefined;
}

export function consentPage(form: ConsentForm): Page {
  const { path, csrf, consentCsrf, clientName, redirectUri, lang, user, permissions, details } = form;
  const notYou = html`<form method="post" action="${path}/switch">
    <input type="hidden" name="csrf" value="${csrf}" />
    <button type="submit" class="link">Not you?</button>
  </form>`;
  return {
    title: `Allow ${clientName}?`,
    lang,
    formTargets: formTargets(redirectUri),
    body: html`<h1>Allow <bdi>${clientName}</bdi>?</h1>
      ${personLine(user, notYou)}
      <p>It will be able to:</p>
      <ul class="scopes">
        ${permissions.map((permission) => html`<li>${permission}</li>`)} ${details.map(detailItem)}
      </ul>
      <p class="quiet">
        You will be taken back to <strong>${destination(redirectUri)}</strong>. ${origin(form)}
      </p>
      ${legalLinks(form)}
      <form method="post" action="${path}/consent">
        <input type="hidden" name="csrf" value="${consentCsrf}" />
        <div class="choices">
          <button type="submit" name="decision" value="allow">Allow</button>
          <button type="submit" name="decision" value="deny" class="plain">Deny</button>
        </div>
      </form>`,
  };
}

/** Whatever the client wrote stands apart, and cannot run on into the server's own words. */
function detailItem({ title, lines }: DetailText) {
  return html`<li>
    ${title}
    <div class="detail">${lines.map((line) => html`<bdi>${line}</bdi><br />`)}</div>
  </li>`;
}

function origin({ publishedAt }: ConsentForm) {
  if (publishedAt === undefined) return "Nobody has checked the application's name.";
  return html`The application is published by <strong>${publishedAt}</strong>; nobody else has checked its
    name.`;
}

function legalLinks({ policyUri, termsUri }: ConsentForm) {
  const policy = policyUri !== undefined && html`<a href="${policyUri}" rel="noreferrer">Privacy policy</a>`;
  const terms = termsUri !== undefined && html`<a href="${termsUri}" rel="noreferrer">Terms of service</a>`;
  return (policy || terms) && html`<p class="quiet">${policy}${policy && terms && ' · '}${terms}</p>`;
}
