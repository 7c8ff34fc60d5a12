import { type Html, html } from './html.js';

/**
 * Shows whose account it is.
 * @param action a form at its end, such as "not you?"
 */
export function personLine(
  { name, username }: { readonly name: string; readonly username: string },
  action?: Html,
): Html {
  const [initial = '?'] = name.trim().toUpperCase();
  return html`<div class="person">
    <span class="initial" aria-hidden="true">${initial}</span>
    <p>
      <bdi>${name}</bdi><span><bdi>${username}</bdi></span>
    </p>
    ${action}
  </div>`;
}
