import { DIALECTS } from '../dialects-by-name.js';
import { Asked } from '../requests/asked.js';
import { fitsInto } from './context-tokens.js';

function asking(...content: unknown[]): Asked {
  const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content }] }));
  return new Asked({ name: 'chat', dialect: 'openai' }, DIALECTS.openai, body, new URLSearchParams());
}

describe('the length of what is asked', () => {
  it('is that of its text, at four bytes for a token', () => {
    const asked = asking({ type: 'text', text: 'word '.repeat(800) });
    expect(fitsInto(990, asked)).toBe(false);
    expect(fitsInto(1_010, asked)).toBe(true);
  });

  it('is not that of images and sound', () => {
    const url = `data:image/png;base64,${'iVBORw0KGgo'.repeat(10_000)}`;
    expect(fitsInto(100, asking({ type: 'image_url', image_url: { url } }))).toBe(true);
  });
});
