import ipaddr from 'ipaddr.js';

/** The prefix that one household or server has of IPv6, as @nestjs/throttler's guard is told, too. */
const IPV6_PREFIX = 64;

/** Whom an address stands for in a counter: itself, or of IPv6 its network, as whoever has one address has all of it. */
export function addressGroup(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  // An IPv4 address in the form of IPv6 is that IPv4 address.
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const network = (parsed as ipaddr.IPv6).parts.slice(0, IPV6_PREFIX / 16);
  return `${network.map((part) => part.toString(16)).join(':')}::/${IPV6_PREFIX}`;
}
