import { html } from './html.js';

/** A gate between two towers, in the colour of the text around it. */
export const LOGO = html`<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
  <path fill="currentColor" d="M2 3h3v2h2V3h3v4h4V3h3v2h2V3h3v18h-6v-5a4 4 0 0 0-8 0v5H2z" />
</svg>`;

const ICON_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#3b63d6" d="M2 3h3v2h2V3h3v4h4V3h3v2h2V3h3v18h-6v-5a4 4 0 0 0-8 0v5H2z"/></svg>';

/** The logo as the page's icon: in place, so that browsers do not ask for /favicon.ico. */
export const ICON = `data:image/svg+xml,${encodeURIComponent(ICON_SVG)}`;
