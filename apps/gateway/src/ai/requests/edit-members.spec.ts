import { MemberEdits } from './edit-members.js';
import { JsonMembers } from './json-members.js';

const edits = (text: string) => new MemberEdits(new JsonMembers(Buffer.from(text)));

describe('edits of a body', () => {
  it('leave every other byte as it is', () => {
    const text = '{ "z":1.50, "model" : "fast",\n "a": {"model":"x"}, "stream":true }';
    expect(edits(text).set('model', 'gpt "x"').apply().toString()).toBe(
      '{ "z":1.50, "model" : "gpt \\"x\\"",\n "a": {"model":"x"}, "stream":true }',
    );
  });

  it('add what is not there', () => {
    expect(edits(' {"a":1}').set('b', { c: true }).apply().toString()).toBe(' {"b":{"c":true},"a":1}');
    expect(edits('{ }').set('b', 1).apply().toString()).toBe('{"b":1 }');
  });

  it('rename, unless there is one of that name', () => {
    expect(edits('{"seed":1,"x":2}').rename('seed', 'random_seed').set('x', 3).apply().toString()).toBe(
      '{"random_seed":1,"x":3}',
    );
    expect(edits('{"seed":1,"random_seed":2}').rename('seed', 'random_seed').apply().toString()).toBe(
      '{"seed":1,"random_seed":2}',
    );
  });

  it('put a member in the place of another, unless it is there', () => {
    const replaced = (text: string) => edits(text).replace('model', 'version', 'v').apply().toString();
    expect(replaced('{"a":1, "model" : "x"}')).toBe('{"a":1, "version" : "v"}');
    expect(() => replaced('{"model":"x","version":1}')).toThrow('/version is set by the gateway');
  });

  it('of nothing give the very same bytes', () => {
    const bytes = Buffer.from('{"a":1}');
    expect(new MemberEdits(new JsonMembers(bytes)).apply()).toBe(bytes);
  });
});
