import { html, type Page } from '@gatehouse/pages';
import { destination, formTargets } from '../../interaction/redirect-target.js';
import type { AnswerMembers } from './response-mode.js';

/** The one script there is: the page's policy names its hash, and no other. Without scripts a button does the same. */
const SUBMIT = 'document.forms[0].submit()';

/** Form Post Response Mode §2: each member of the answer is a hidden field of a form to the redirect URI. */
export function formPostPage(redirectUri: string, members: AnswerMembers): Page {
  const fields = Object.entries(members);
  return {
    title: 'Back to the application',
    formTargets: formTargets(redirectUri),
    script: SUBMIT,
    body: html`<h1>Back to the application</h1>
      <p>
        You are taken back to <strong>${destination(redirectUri)}</strong>. If nothing happens, press the
        button.
      </p>
      <form method="post" action="${redirectUri}">
        ${fields.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
        <button type="submit">Continue</button>
      </form>`,
  };
}
