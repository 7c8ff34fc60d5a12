import { workers } from './load-flow.mjs';

/**
 * What is measured: `prepare` makes each worker's state, `step` is repeated.
 * @type {Record<string, { prepare: (server: object) => Promise<object[]>, step: (server: object, state: object) => Promise<void> }>}
 */
export const CASES = {
  client_credentials: {
    prepare: () => workers(() => ({})),
    step: (server) => server.clientCredentials(),
  },
  'authorization_code (both steps)': {
    prepare: () => workers(() => ({})),
    step: async (server) => server.redeem(await server.authorize()),
  },
  refresh_token: {
    prepare: (server) => workers(() => signedIn(server)),
    step: async (server, state) => {
      state.tokens = await server.refresh(state.tokens.refresh_token);
    },
  },
  introspection: {
    prepare: (server) => workers(() => signedIn(server)),
    step: (server, { tokens }) => server.introspect(tokens.access_token),
  },
  userinfo: {
    prepare: (server) => workers(() => signedIn(server)),
    step: (server, { tokens }) => server.userinfo(tokens.access_token),
  },
};

async function signedIn(server) {
  return { tokens: await server.redeem(await server.authorize()) };
}
