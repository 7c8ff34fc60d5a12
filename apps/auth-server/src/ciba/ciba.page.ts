import { html, type Page, personLine } from '@gatehouse/pages';
import type { User } from '../users/user.entity.js';

/** One request, as its person sees it. */
export interface RequestCard {
  /** Where the answer goes. */
  readonly path: string;
  readonly csrf: string;
  readonly clientName: string;
  readonly bindingMessage?: string | undefined;
  readonly permissions: readonly string[];
}

export interface RequestList {
  readonly user: Pick<User, 'name' | 'username'>;
  readonly cards: readonly RequestCard[];
  /** What became of the last answer. */
  readonly note?: string | undefined;
}

/** What waits for a person's yes or no. */
export function requestsPage({ user, cards, note }: RequestList): Page {
  return {
    title: 'Requests',
    body: html`<h1>Requests</h1>
      ${personLine(user)} ${note !== undefined && html`<p class="detail" role="status">${note}</p>`}
      ${cards.length === 0 && html`<p>Nothing waits for your answer.</p>`} ${cards.map(card)}
      <p class="quiet">Did you not ask for this yourself just now? Then deny.</p>`,
  };
}

function card({ path, csrf, clientName, bindingMessage, permissions }: RequestCard) {
  return html`<section>
    <h2>Allow <bdi>${clientName}</bdi>?</h2>
    ${
      bindingMessage !== undefined &&
      html`<p>It must show you this:</p>
        <p class="usercode"><bdi>${bindingMessage}</bdi></p>`
    }
    <p>It will be able to:</p>
    <ul class="scopes">
      ${permissions.map((permission) => html`<li>${permission}</li>`)}
    </ul>
    <form method="post" action="${path}">
      <input type="hidden" name="csrf" value="${csrf}" />
      <div class="choices">
        <button type="submit" name="decision" value="allow">Allow</button>
        <button type="submit" name="decision" value="deny" class="plain">Deny</button>
      </div>
    </form>
  </section>`;
}
