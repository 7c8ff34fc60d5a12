import { shown } from './known.js';

describe('what logs call a resource', () => {
  it.each([
    ['file:///notes/today.txt', 'file:///notes/today.txt'],
    ['db://host/users?token=x#y', 'db://host/users'],
    // RFC 3986 §3.2.1: what is behind the colon is no text to show.
    ['db://ada:word@host/users', 'db://host/users'],
    ['db://ada%3Aw@x@host:5432', 'db://host:5432'],
    ['db:\\\\ada:word@host\\users', 'db:\\\\host\\users'],
    ['mailto:ada@example.com', 'mailto:ada@example.com'],
    ['https://example.com/@ada', 'https://example.com/@ada'],
  ])('%s is %s', (name, said) => expect(shown({ kind: 'resource', name })).toBe(said));

  it('and nothing else of other names', () => {
    expect(shown({ kind: 'tool', name: 'a://b@c?d' })).toBe('a://b@c?d');
  });
});
