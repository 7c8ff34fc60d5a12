import { createHash } from 'node:crypto';
import { html } from './html.js';
import { errorPage, pageHeaders, renderPage } from './page.js';

const page = { title: 'Sign in <here>', body: html`<h1>Sign in</h1>` };

describe('renderPage', () => {
  it('is a whole document with a language, a title, a viewport and one main', () => {
    const text = renderPage(page);
    expect(text).toMatch(/^<!doctype html>/);
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('<title>Sign in &lt;here&gt; · Gatehouse</title>');
    expect(text).toContain('width=device-width');
    expect(text.match(/<main>/g)).toHaveLength(1);
    expect(text).not.toContain('<script');
  });

  it('has the style sheet that its Content-Security-Policy allows, to the byte', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(renderPage(page))![1]!;
    const hash = createHash('sha256').update(style).digest('base64');
    expect(pageHeaders(page)['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
  });
});

describe('pageHeaders', () => {
  it('RFC 9700 §4.16: forbids framing, old way and new', () => {
    const headers = pageHeaders(page);
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  it('loads nothing, and lets forms go nowhere but here and where the page says', () => {
    expect(pageHeaders(page)['content-security-policy']).toMatch(
      /^default-src 'none'; .*form-action 'self'; .*base-uri 'none'$/,
    );
    const policy = pageHeaders({ ...page, formTargets: ['https://app.example'] })['content-security-policy'];
    expect(policy).toContain("form-action 'self' https://app.example;");
  });

  it('is kept by no cache and tells other sites no referrer', () => {
    expect(pageHeaders(page)).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
  });
});

describe('errorPage', () => {
  it('says what happened, to people and to developers, and shows a way on', () => {
    const { body } = errorPage({
      title: 'No',
      text: 'It <failed>.',
      detail: 'redirect_uri is missing.',
      requestId: 'r-1',
      link: { href: 'https://app.example/', text: 'Back' },
    });
    expect(body.markup).toContain('It &lt;failed&gt;.');
    expect(body.markup).toContain('redirect_uri is missing.');
    expect(body.markup).toContain('<code>r-1</code>');
    expect(body.markup).toContain('href="https://app.example/"');
  });
});
