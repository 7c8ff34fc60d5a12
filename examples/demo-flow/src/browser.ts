import { CookieJar } from 'tough-cookie';
import { request } from 'undici';
import { type HtmlForm, parseForms, visibleText } from './html-forms.js';

/** One answer as the browser received it. */
export interface Page {
  url: string;
  status: number;
  headers: Record<string, string>;
  /** Each Set-Cookie header by itself. */
  setCookies: string[];
  body: string;
  /** The body as a reader sees it. */
  text: string;
  forms: HtmlForm[];
}

/** How far to follow redirects: `stopAt` names the address that the browser's caller wants to receive itself. */
export interface Navigation {
  stopAt?: string;
  /** Most redirects that are followed. */
  most?: number;
  headers?: Record<string, string>;
}

const MOST_REDIRECTS = 20;
const TIMEOUT_MS = 10_000;

/**
 * A browser without a screen: keeps cookies, follows redirects, fills in and sends forms, runs no script.
 * It remembers all that it ever received, so that one can look for what must not be there.
 */
export class Browser {
  readonly jar = new CookieJar();
  /** Everything received so far, oldest first. */
  readonly received: Page[] = [];
  private referrerPolicy = '';

  /** Opens an address and follows redirects, as typing it into the address bar does. */
  async open(url: string, navigation: Navigation = {}): Promise<Page> {
    return this.navigate('GET', url, undefined, navigation);
  }

  /**
   * Sends a form of a page.
   * @param form one of `page.forms`.
   * @param values what the user typed, and the name and value of the button that was pressed.
   */
  async submit(form: HtmlForm, values: Record<string, string>, navigation: Navigation = {}): Promise<Page> {
    const sent = new URLSearchParams({ ...form.fields, ...values });
    if (form.method === 'POST') return this.navigate('POST', form.action, sent.toString(), navigation);
    const target = new URL(form.action);
    target.search = sent.toString();
    return this.navigate('GET', target.href, undefined, navigation);
  }

  /** Cookies that the browser would send to an address, as name → value. */
  async cookiesFor(url: string): Promise<Map<string, string>> {
    const cookies = await this.jar.getCookies(url);
    return new Map(cookies.map((cookie) => [cookie.key, cookie.value]));
  }

  /** Addresses, headers, cookies and bodies that the browser has seen, as one text to search in. */
  async everythingSeen(): Promise<string> {
    const pages = this.received.map((page) =>
      [page.url, JSON.stringify(page.headers), ...page.setCookies, page.body].join('\n'),
    );
    return [...pages, JSON.stringify(await this.jar.serialize())].join('\n');
  }

  private async navigate(
    method: 'GET' | 'POST',
    url: string,
    body: string | undefined,
    { stopAt, most = MOST_REDIRECTS, headers = {} }: Navigation,
  ): Promise<Page> {
    const page = await this.send(method, url, body, headers);
    const location = page.headers.location;
    if (![301, 302, 303, 307, 308].includes(page.status) || location === undefined) return page;
    const next = new URL(location, url).href;
    if (stopAt !== undefined && next.startsWith(stopAt)) return emptyPage(next);
    if (most <= 0) return page;
    const keepsMethod = method === 'GET' || page.status === 307 || page.status === 308;
    const rest = { stopAt, most: most - 1, headers };
    return keepsMethod
      ? this.navigate(method, next, body, rest)
      : this.navigate('GET', next, undefined, rest);
  }

  private async send(
    method: 'GET' | 'POST',
    url: string,
    body: string | undefined,
    extra: Record<string, string>,
  ): Promise<Page> {
    const cookie = await this.jar.getCookieString(url);
    const answer = await request(url, {
      method,
      headers: {
        accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
        'user-agent': 'Mozilla/5.0 (demo-flow)',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        ...(cookie === '' ? {} : { cookie }),
        ...(body === undefined ? {} : this.formHeaders(url)),
        ...extra,
      },
      ...(body === undefined ? {} : { body }),
      headersTimeout: TIMEOUT_MS,
      bodyTimeout: TIMEOUT_MS,
    });
    const html = await answer.body.text();
    const setCookies = listOf(answer.headers['set-cookie']);
    await Promise.all(setCookies.map((line) => this.jar.setCookie(line, url, { ignoreError: true })));
    const headers = Object.fromEntries(
      Object.entries(answer.headers).map(([name, value]) => [name, listOf(value).join(', ')]),
    );
    this.referrerPolicy = headers['referrer-policy'] ?? '';
    const forms = parseForms(html, url);
    const page = {
      url,
      status: answer.statusCode,
      headers,
      setCookies,
      body: html,
      forms,
      text: visibleText(html),
    };
    this.received.push(page);
    return page;
  }

  /** Fetch standard, "append a request Origin header": a page that sends no referrer sends `Origin: null`. */
  private formHeaders(url: string): Record<string, string> {
    const origin = this.referrerPolicy === 'no-referrer' ? 'null' : new URL(url).origin;
    return { 'content-type': 'application/x-www-form-urlencoded', origin };
  }
}

function listOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

function emptyPage(url: string): Page {
  return { url, status: 0, headers: {}, setCookies: [], body: '', text: '', forms: [] };
}
