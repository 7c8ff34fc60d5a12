import { readRequest } from './read-request.js';

const read = (message: Readonly<Record<string, unknown>>) =>
  readRequest({ model: 'm', messages: [{ role: 'user', content: 'a' }, message] } as never, {});

it('reads what a model said and thought', () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
    { type: 'text', text: 'Yes.' },
  ];
  const { unconverted, messages } = read({ role: 'assistant', content });
  expect(unconverted).toEqual([]);
  expect(messages[1]!.parts.map(({ type }) => type)).toEqual(['reasoning', 'text']);
});

it.each([
  [
    'a picture of a model',
    { role: 'assistant', content: [{ type: 'image_url', image_url: 'https://a.example/b' }] },
  ],
  ['a document', { role: 'user', content: [{ type: 'document_url', document_url: 'https://a.example/b' }] }],
])('tells of %s, which nobody else has', (_, message) => {
  expect(read(message).unconverted).toEqual(['/messages/1/content/0']);
});

it('refuses content that is no part', () => {
  const all = ['user', 'assistant'].map((role) => () => read({ role, content: ['a'] }));
  for (const one of all) expect(one).toThrow(expect.objectContaining({ pointer: '/messages/1/content/0' }));
});
