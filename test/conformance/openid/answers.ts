import type { Page } from '../../../examples/demo-flow/src/browser.js';

/** How an answer came to the client (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode §2). */
export type Channel = 'query' | 'fragment' | 'form_post';

export interface Answer {
  readonly channel: Channel;
  readonly members: Readonly<Record<string, string>>;
}

/** What the client got where the browser stopped; undefined when the browser was not sent to the client. */
export function readAnswer(page: Page, callback: string): Answer | undefined {
  const form = page.forms.find(({ action, method }) => method === 'POST' && action.startsWith(callback));
  if (form) return { channel: 'form_post', members: form.fields };
  if (!page.url.startsWith(callback)) return undefined;
  const { hash, searchParams } = new URL(page.url);
  if (hash === '') return { channel: 'query', members: Object.fromEntries(searchParams) };
  return { channel: 'fragment', members: Object.fromEntries(new URLSearchParams(hash.slice(1))) };
}
