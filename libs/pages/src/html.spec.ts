import { escapeHtml, html } from './html.js';

describe('html', () => {
  it('escapes what is put into it, in content and in attributes', () => {
    const value = `"><script>alert('1')</script>&amp;`;
    expect(html`<p title="${value}">${value}</p>`.markup).toBe(
      `<p title="${escapeHtml(value)}">${escapeHtml(value)}</p>`,
    );
    expect(escapeHtml(value)).toBe('&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;');
  });

  it('leaves templates within templates as they are, alone or in lists', () => {
    const items = ['<a>', 'b'].map((one) => html`<li>${one}</li>`);
    expect(html`<b>${items}</b>`.markup).toBe('<b><li>&lt;a&gt;</li><li>b</li></b>');
  });

  it('leaves out false and undefined, and keeps 0 and the empty text', () => {
    expect(html`${false}${undefined}|${0}|${''}|`.markup).toBe('|0||');
  });
});
