import { destination, formTargets } from './redirect-target.js';

describe('formTargets', () => {
  it.each([
    ['https://app.example/cb', ['https://app.example', 'https:']],
    [
      'http://localhost:3000/cb',
      ['http://localhost:3000', 'http://localhost:*', 'http://127.0.0.1:*', 'https:'],
    ],
    ['http://[::1]:3000/cb', ['http:', 'http://localhost:*', 'http://127.0.0.1:*', 'https:']],
    ['com.example.app:/cb', ['com.example.app:', 'https:']],
  ])('of %s', (uri, expected) => {
    expect(formTargets(uri)).toEqual(expected);
  });
});

describe('destination', () => {
  it.each([
    ['https://app.example:8443/cb?x=1', 'app.example:8443'],
    // IDN homographs are shown as what they are.
    ['https://xn--pple-43d.com/cb', 'xn--pple-43d.com'],
    ['http://127.0.0.1:3000/cb', 'an application on this device (127.0.0.1:3000)'],
    ['com.example.app:/cb', 'the application for com.example.app: links on this device'],
  ])('of %s', (uri, expected) => {
    expect(destination(uri)).toBe(expected);
  });
});
