import ipaddr from 'ipaddr.js';

/** Tells whether an address is one of the trusted proxies. */
export function proxyTrust(trusted: readonly string[]): (address: string | undefined) => boolean {
  const tests = trusted.map(testOf);
  return (address) => {
    if (address === undefined || !ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    return tests.some((test) => test(parsed));
  };
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

function testOf(entry: string): (address: Address) => boolean {
  const [network, bits] = ipaddr.parseCIDR(
    entry.includes('/') ? entry : `${entry}/${entry.includes(':') ? 128 : 32}`,
  );
  return (address) => address.kind() === network.kind() && address.match(network, bits);
}
