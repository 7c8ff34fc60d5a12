import { createHash } from 'node:crypto';
import { Html, html } from './html.js';
import { STYLES } from './styles.js';

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Who the page belongs to; shown above it. Default Gatehouse. */
  readonly brand?: string;
  /** Origins or schemes besides this one that a form here may end at; browsers check redirects after a post, too. */
  readonly formTargets?: readonly string[];
}

/** One piece: the hash in the policy is of exactly what stands between the tags. */
const STYLE_ELEMENT = new Html(`<style>${STYLES}</style>`);
const STYLE_HASH = createHash('sha256').update(STYLES).digest('base64');

/** A whole document: no script, one style sheet in place, readable on a phone, light and dark. */
export function renderPage(page: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${page.title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>
          <p class="brand">${page.brand ?? 'Gatehouse'}</p>
          ${page.body}
        </main>
      </body>
    </html> `.markup;
}

/** The headers a page is sent with: nothing loaded, no framing (clickjacking, RFC 9700 §4.16), no caching, no referrer. */
export function pageHeaders(page: Page): Record<string, string> {
  const formAction = ["'self'", ...(page.formTargets ?? [])].join(' ');
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; img-src data:; form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}

/** A page that says what went wrong and what to do about it. */
export function errorPage(options: {
  title: string;
  text: string;
  detail?: string;
  requestId?: string;
}): Page {
  return {
    title: options.title,
    body: html`<h1>${options.title}</h1>
      <p>${options.text}</p>
      ${options.detail !== undefined && html`<p class="detail">${options.detail}</p>`}
      ${options.requestId !== undefined && html`<p class="quiet">Reference: <code>${options.requestId}</code></p>`}`,
  };
}
