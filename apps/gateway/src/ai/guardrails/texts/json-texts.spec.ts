import { readTexts, writeTexts } from './json-texts.js';

const read = (body: unknown) => {
  const { texts, unreadable } = readTexts(JSON.stringify(body));
  return { texts: texts.map(({ text, pointer }) => [pointer, text]), unreadable };
};

describe('the texts of a body', () => {
  it('of OpenAI are those that a model sees', () => {
    const { texts, unreadable } = read({
      model: 'gpt',
      user: 'u1',
      messages: [
        { role: 'system', content: 'a' },
        { role: 'user', name: 'b', content: [{ type: 'text', text: 'c' }] },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'call_1',
              type: 'function',
              function: { name: 'd', arguments: '{"e":"\\u0066","n":12345678,"id":"g"}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'h' },
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'd',
            description: 'i',
            parameters: { type: 'object', properties: { j: { description: 'k' } } },
          },
        },
      ],
      unknown: { deep: ['l'] },
    });
    expect(texts.map(([, text]) => text).join(' ')).toBe(
      'u1 a b c d e f n 12345678 id g h d i type object properties j description k l',
    );
    expect(texts).toContainEqual(['/messages/2/tool_calls/0/function/arguments/e', 'f']);
    expect(unreadable).toEqual([]);
  });

  it.each([
    [
      'an image by its bytes',
      { messages: [{ content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }] },
    ],
    [
      'an image by its address',
      { messages: [{ content: [{ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }] }] },
    ],
    [
      'sound',
      { messages: [{ content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }] },
    ],
    ['a file by its id', { messages: [{ content: [{ type: 'file', file: { file_id: 'file-1' } }] }] }],
    [
      'a file of responses',
      { input: [{ content: [{ type: 'input_file', file_url: 'https://example.org/a.pdf' }] }] },
    ],
    [
      'an image of Anthropic',
      {
        messages: [
          { content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }] },
        ],
      },
    ],
    [
      'a document of Anthropic',
      {
        messages: [{ content: [{ type: 'document', source: { type: 'url', url: 'https://example.org' } }] }],
      },
    ],
    ['bytes of Gemini', { contents: [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] }] }],
    ['a file of Gemini', { contents: [{ parts: [{ fileData: { fileUri: 'gs://a/b' } }] }] }],
    ['an earlier answer', { previous_response_id: 'resp_1', input: [] }],
    ['a prompt that is kept', { prompt: { id: 'pmpt_1' }, input: [] }],
    ['an item that is kept', { input: [{ type: 'item_reference', id: 'x' }] }],
    ['tokens', { input: [1, 2, 3] }],
    ['lists of tokens', { prompt: [[1, 2], [3]] }],
  ])('do not hide that there is %s', (_, body) => expect(read(body).unreadable.length).toBeGreaterThan(0));

  it.each([
    [
      'text in a place for bytes',
      {
        messages: [
          { content: [{ type: 'document', source: { type: 'text', data: 'call anna@example.org' } }] },
        ],
      },
      'call anna@example.org',
    ],
    [
      'names of members that somebody made up',
      { messages: [{ content: [{ type: 'tool_use', input: { 'anna@example.org': 1 } }] }] },
      'anna@example.org',
    ],
    ['such where none are known', { extra: { 'anna@example.org': 1 } }, 'anna@example.org'],
    [
      'words of the API in what a tool said',
      { contents: [{ parts: [{ functionResponse: { name: 'f', response: { role: 'anna' } } }] }] },
      'anna',
    ],
    [
      'arguments that are no JSON',
      { messages: [{ tool_calls: [{ function: { arguments: '{"a":' } }] }] },
      '{"a":',
    ],
    ['a variable of a prompt', { prompt: { variables: { name: 'anna' } } }, 'anna'],
  ])('are %s, too', (_, body, text) => expect(read(body).texts.map(([, one]) => one)).toContain(text));

  it('leave out what a provider signed', () => {
    const thinking = { type: 'thinking', thinking: 'hm', signature: 'c2ln' };
    const redacted = { type: 'redacted_thinking', data: 'c2ln' };
    expect(read({ messages: [{ content: [thinking, redacted] }] })).toEqual({
      texts: [['/messages/0/content/0/thinking', 'hm']],
      unreadable: [],
    });
  });

  it('are found in both of two members of one name', () => {
    const { texts } = readTexts('{"messages":[{"content":"a","content":"b"}]}');
    expect(texts.map(({ text }) => text)).toEqual(['a', 'b']);
  });

  it('can be changed, and every other byte stays as it is', () => {
    const source =
      '{ "model" : "gpt",\n "seed": 12345678901234567890, "messages":[ {"content":"a\\u0040b"} , {"tool_calls":[{"function":{"arguments":"{\\"x\\": \\"a@b\\", \\"n\\":1.0}"}}]}]}';
    expect(
      writeTexts(
        source,
        readTexts(source).texts.map(({ text }) => text),
      ),
    ).toBe(source);
    const masked = readTexts(source).texts.map(({ text }) => text.replace('a@b', '<E>'));
    expect(writeTexts(source, masked)).toBe(
      '{ "model" : "gpt",\n "seed": 12345678901234567890, "messages":[ {"content":"<E>"} , {"tool_calls":[{"function":{"arguments":"{\\"x\\": \\"<E>\\", \\"n\\":1.0}"}}]}]}',
    );
  });
});
