import { Html, html } from '@gatehouse/pages';
import type { User } from './user.entity.js';

/**
 * Shows whose account it is.
 * @param action a form at its end, such as "not you?"
 */
export function personLine({ name, username }: Pick<User, 'name' | 'username'>, action?: Html): Html {
  const [initial = '?'] = name.trim().toUpperCase();
  return html`<div class="person">
    <span class="initial" aria-hidden="true">${initial}</span>
    <p>
      <bdi>${name}</bdi><span><bdi>${username}</bdi></span>
    </p>
    ${action}
  </div>`;
}
