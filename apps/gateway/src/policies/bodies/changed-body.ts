import type { HeaderList } from '../../calls/header-list.js';

/** Fields that were true of the body before it was changed (RFC 9110 §8.8.3, §14; RFC 9530). */
export const ABOUT_THE_BODY = [
  'etag',
  'accept-ranges',
  'content-md5',
  'digest',
  'content-digest',
  'repr-digest',
];

/** After a change of the body: what the upstream said of its bytes is not true of these. */
export function dropValidators(headers: HeaderList): void {
  for (const name of ABOUT_THE_BODY) headers.delete(name);
}
