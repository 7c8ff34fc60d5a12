import { clientMetadata } from '@gatehouse/client';
import { Client } from '../clients/client.entity.js';

/** No client can be registered under it: it is no id of RFC 6749 appendix A.1. */
export const OWN_CLIENT_ID = '';

/** This server itself, where its own pages ask who is there. */
export const OWN_CLIENT: Client = Object.assign(new Client(), {
  clientId: OWN_CLIENT_ID,
  metadata: clientMetadata.parse({
    client_name: 'your account here',
    grant_types: [],
    token_endpoint_auth_method: 'none',
  }),
});
