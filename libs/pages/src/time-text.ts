import { type Html, html } from './html.js';

/** A time for people, wherever they are. @param ms in epoch milliseconds */
export function timeText(ms: number): Html {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC</time>`;
}
