import { BlockList } from 'node:net';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

/** Addresses and networks (CIDR, RFC 4632), IPv4 and IPv6, of which an address may be one. */
export interface AddressList {
  has(address: string): boolean;
}

/** An address, or a network with no bits beyond its prefix. An IPv4 network in the form of IPv6 is that of IPv4. */
const network = z.string().max(64).refine(isNetwork, {
  message: 'must be an IP address, or a network as 10.0.0.0/8 with no bits beyond its prefix',
});

export const addressList = z.array(network).max(1_000).transform(compile);

function isNetwork(text: string): boolean {
  const range = rangeOf(text);
  if (!range) return false;
  const [address, prefix] = range;
  const bits = address.toByteArray().flatMap((byte) => [...byte.toString(2).padStart(8, '0')]);
  return bits.slice(prefix).every((bit) => bit === '0');
}

function rangeOf(text: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  const cidr = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
  if (!ipaddr.isValidCIDR(cidr) || text.includes('%')) return undefined;
  // A part left out (10.1, say) is read in different ways.
  if (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(cidr.split('/')[0]!)) return undefined;
  const [address, prefix] = ipaddr.parseCIDR(cidr);
  if (address.kind() === 'ipv4' || !(address as ipaddr.IPv6).isIPv4MappedAddress()) return [address, prefix];
  return prefix < 96 ? undefined : [(address as ipaddr.IPv6).toIPv4Address(), prefix - 96];
}

function compile(networks: readonly string[]): AddressList {
  const list = new BlockList();
  for (const text of networks) {
    const [address, prefix] = rangeOf(text)!;
    list.addSubnet(address.toString(), prefix, address.kind());
  }
  return {
    has(text) {
      // A socket names the zone of a link-local address, too (RFC 4007 §11).
      const address = text.split('%', 1)[0]!;
      if (!ipaddr.isValid(address)) return false;
      const plain = ipaddr.process(address);
      return list.check(plain.toString(), plain.kind());
    },
  };
}
