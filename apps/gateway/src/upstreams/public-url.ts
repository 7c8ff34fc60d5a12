import { isPrivateHost } from '@gatehouse/guarded-fetch';
import type { Config } from '../config.js';

const UNLESS = ', unless GATEHOUSE_ALLOW_PRIVATE_ADDRESSES is set';

/**
 * What is wrong with the address of a server that must not be in a private network. What a name leads to is seen when a
 * connection is made.
 */
export function publicUrlFault(
  url: string,
  { allowPrivateAddresses }: Pick<Config, 'allowPrivateAddresses'>,
): string | undefined {
  if (allowPrivateAddresses) return undefined;
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:') return `must be https${UNLESS}`;
  return isPrivateHost(hostname) ? `must not lead to a private address${UNLESS}` : undefined;
}
