import { deriveKey, expandKey, SecretBox } from './secret-box.js';

const SECRET = 'a deployment secret of more than 32 characters';

describe('SecretBox', () => {
  const box = new SecretBox(SECRET, 'signing keys');

  it('opens what it sealed, and seals the same text differently each time', () => {
    const [one, two] = [box.seal('text é', 'row 1'), box.seal('text é', 'row 1')];
    expect(one).not.toBe(two);
    expect(box.open(one, 'row 1')).toBe('text é');
    expect(box.open(box.seal('', 'row 1'), 'row 1')).toBe('');
  });

  it.each<[string, SecretBox, string]>([
    ['another secret', new SecretBox(`${SECRET}.`, 'signing keys'), 'row 1'],
    ['another way to the key', new SecretBox(SECRET, 'signing keys', expandKey), 'row 1'],
    ['another purpose', new SecretBox(SECRET, 'refresh tokens'), 'row 1'],
    ['another row', box, 'row 2'],
  ])('does not open under %s', (_name, other, context) => {
    const sealed = box.seal('text', 'row 1');
    expect(() => other.open(sealed, context)).toThrow();
  });

  it('does not open what was changed, cut or made up', () => {
    const sealed = box.seal('text', 'row 1');
    const bytes = Buffer.from(sealed, 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => box.open(changed.toString('base64url'), 'row 1')).toThrow();
      expect(() => box.open(bytes.subarray(0, at).toString('base64url'), 'row 1')).toThrow();
    }
  });

  it('derives different keys for different purposes', () => {
    expect(deriveKey(SECRET, 'a')).toHaveLength(32);
    expect(deriveKey(SECRET, 'a')).not.toEqual(deriveKey(SECRET, 'b'));
    expect(deriveKey(SECRET, 'a')).toEqual(deriveKey(SECRET, 'a'));
  });
});
