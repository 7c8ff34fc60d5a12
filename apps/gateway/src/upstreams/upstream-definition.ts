import { z } from 'zod';

const upstreamUrl = z.string().refine((value) => {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  const plain = !url.search && !url.hash && !url.username && !url.password;
  return plain && (url.protocol === 'http:' || url.protocol === 'https:');
}, 'must be an http(s) URL without query, fragment or user name');

/** Where a route's calls go. */
export const routeUpstream = z.strictObject({ url: upstreamUrl });

export type RouteUpstream = z.output<typeof routeUpstream>;
