import ipaddr from 'ipaddr.js';

/** The prefix that one household or server has of IPv6, as @nestjs/throttler's guard is told, too. */
const IPV6_PREFIX = 64;

/** Whom an address stands for in a counter: itself, or of IPv6 its network, as whoever has one address has all of it. */
export function addressGroup(address: string, ipv6Prefix = IPV6_PREFIX): string {
  // IPv4, as nearly all are.
  if (!address.includes(':') || !ipaddr.isValid(address)) return address;
  // An IPv4 address in the form of IPv6 is that IPv4 address.
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const groups: string[] = [];
  (parsed as ipaddr.IPv6).parts.forEach((part, index) => {
    const bits = Math.min(16, ipv6Prefix - 16 * index);
    if (bits > 0) groups.push((part & (0xffff << (16 - bits))).toString(16));
  });
  return `${groups.join(':')}${groups.length < 8 ? '::' : ''}/${ipv6Prefix}`;
}
