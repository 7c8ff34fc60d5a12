import { z } from 'zod';
import { fetchedUri } from './authentication-metadata.js';

const MAX_LIST = 100;

/** What a client registers about its authorization requests, and the answers to them. */
export const authorizationMembers = {
  /** JARM §3: RS256 when absent. */
  authorization_signed_response_alg: z.enum(['RS256', 'ES256', 'PS256', 'EdDSA']).optional(),
  /** RFC 9126 §6. */
  require_pushed_authorization_requests: z.boolean().optional(),
  /** RFC 9101 §10.5: the one algorithm of the client's request objects; absent: any that the server takes. */
  request_object_signing_alg: z.enum(['ES256', 'RS256', 'PS256', 'EdDSA']).optional(),
  require_signed_request_object: z.boolean().optional(),
  request_uris: z.array(fetchedUri).max(MAX_LIST).optional(),
  /** RFC 9396 §10; absent: none. */
  authorization_details_types: z.array(z.string().min(1).max(100)).max(MAX_LIST).optional(),
};
