import type { Limit } from '@gatehouse/throttling';

/** Documents fetched from one host. */
export const FETCHES_OF_HOST: Omit<Limit, 'key'> = {
  name: 'metadata-documents-of-host',
  limit: 60,
  windowMs: 60_000,
};

/** And in all. */
export const FETCHES: Omit<Limit, 'key'> = { name: 'metadata-documents', limit: 1_000, windowMs: 60_000 };
