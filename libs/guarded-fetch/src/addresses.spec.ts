import { isLoopbackHost, isPublicAddress, publicLookup } from './addresses.js';

describe('isPublicAddress', () => {
  it.each(['93.184.216.34', '8.8.8.8', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:8.8.8.8'])(
    'takes %s',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.1.2.3',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b:1::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'localhost',
    '',
  ])('refuses %s', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('isLoopbackHost', () => {
  it.each(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'])('%s is this machine', (host) =>
    expect(isLoopbackHost(host)).toBe(true),
  );
  it.each(['example.com', '10.0.0.1', '[fe80::1]', 'localhost.example.com'])('%s is not', (host) =>
    expect(isLoopbackHost(host)).toBe(false),
  );
});

describe('publicLookup', () => {
  it.each([true, false])('leaves out private addresses that DNS answers with (all: %s)', async (all) => {
    const error = await new Promise((done) => publicLookup('localhost', { all }, (fault) => done(fault)));
    expect(String(error)).toContain('localhost has no public address');
  });
});
