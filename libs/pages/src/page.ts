import { createHash } from 'node:crypto';
import { Html, html } from './html.js';
import { ICON, LOGO } from './logo.js';
import { STYLES } from './styles.js';

export interface Page {
  readonly title: string;
  readonly body: Html;
  /** Who the page belongs to; shown above it and in the title. Default Gatehouse. */
  readonly brand?: string;
  /** Origins whose pages it shows in frames. */
  readonly frameSources?: readonly string[];
  /** Origins or schemes besides this one that a form here may end at; browsers check redirects after a post, too. */
  readonly formTargets?: readonly string[];
  /** The page's one script, a constant: the policy lets run what has its hash, and nothing else. Default none. */
  readonly script?: string;
  /** The language of its texts (BCP 47). Default en. */
  readonly lang?: string | undefined;
}

/** To the byte what the hash below is of, so it is in no template that a formatter may indent. */
const STYLE = new Html(`<style>${STYLES}</style>`);
const STYLE_HASH = hashSource(STYLES);

/** A whole document: no script but the page's own, one style sheet in place, readable on a phone, light and dark. */
export function renderPage(page: Page): string {
  const brand = page.brand ?? 'Gatehouse';
  return html`<!doctype html>
    <html lang="${page.lang ?? 'en'}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${page.title === brand ? brand : `${page.title} · ${brand}`}</title>
        <link rel="icon" href="${ICON}" />
        ${STYLE}
      </head>
      <body>
        <main>
          <p class="brand">${LOGO}${brand}</p>
          ${page.body}
        </main>
        ${page.script !== undefined && new Html(`<script>${page.script}</script>`)}
      </body>
    </html> `.markup;
}

/**
 * The headers a page is sent with: nothing loaded, no framing (clickjacking, RFC 9700 §4.16), no caching, no referrer
 * to other sites. To its own site it has one, as without it browsers send `Origin: null` with a form (Fetch, "append
 * a request Origin header"), and a form from elsewhere could not be told apart.
 */
export function pageHeaders(page: Page): Record<string, string> {
  const frames = page.frameSources?.length ? ` frame-src ${page.frameSources.join(' ')};` : '';
  const formAction = ["'self'", ...(page.formTargets ?? [])].join(' ');
  const scripts = page.script === undefined ? '' : `script-src '${hashSource(page.script)}'; `;
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; ${scripts}style-src '${STYLE_HASH}'; img-src data:;${frames} form-action ${formAction}; frame-ancestors 'none'; base-uri 'none'`,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
  };
}

/** Content Security Policy Level 3 §2.3.1, `hash-source`. */
function hashSource(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

export interface ErrorPage {
  readonly title: string;
  /** What happened, and what the person can do about it. */
  readonly text: string;
  /** For the makers of the application. */
  readonly detail?: string | undefined;
  /** Finds the request in the log. */
  readonly requestId?: string | undefined;
  /** A way on. */
  readonly link?: { readonly href: string; readonly text: string } | undefined;
}

/** A page that says what went wrong and what to do about it. */
export function errorPage({ title, text, detail, requestId, link }: ErrorPage): Page {
  return {
    title,
    body: html`<h1>${title}</h1>
      <p>${text}</p>
      ${detail !== undefined && html`<p class="detail"><strong>For its developers:</strong> ${detail}</p>`}
      ${link !== undefined && html`<p><a class="button" href="${link.href}">${link.text}</a></p>`}
      ${requestId !== undefined && html`<p class="quiet">Reference <code>${requestId}</code></p>`}`,
  };
}
