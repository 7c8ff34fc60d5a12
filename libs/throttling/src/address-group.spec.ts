import { addressGroup } from './address-group.js';

describe('addressGroup', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['nonsense', 'nonsense'],
    ['', ''],
  ])('of %j is %j', (address, expected) => {
    expect(addressGroup(address)).toBe(expected);
  });

  it.each([
    [48, '2001:db8:ffff::/48'],
    [56, '2001:db8:ffff:ff00::/56'],
    [60, '2001:db8:ffff:fff0::/60'],
    [128, '2001:db8:ffff:ffff:1:2:3:4/128'],
  ])('by a prefix of %d is %j', (prefix, expected) => {
    expect(addressGroup('2001:db8:ffff:ffff:1:2:3:4', prefix)).toBe(expected);
  });
});
