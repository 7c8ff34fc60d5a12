import * as openid from 'openid-client';
import type { Command } from '../command.js';
import { CommandError, EXIT } from '../command-error.js';
import { keepToken } from '../credentials.js';

/** Registered by the auth-server at its start: a public client for the device flow alone. */
const CLIENT_ID = 'gatehouse-cli';

export const login: Command = {
  usage: '',
  summary: 'signs in by a browser (RFC 8628), for an hour',
  takes: 0,
  heeds: [],
  async run({ options, print }) {
    try {
      const issuer = new URL(options.issuer);
      // Over http there is nothing but development on one machine.
      const execute = issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : [];
      const config = await openid.discovery(issuer, CLIENT_ID, undefined, openid.None(), { execute });
      const started = await openid.initiateDeviceAuthorization(config, { scope: 'admin' });
      print(`Open ${started.verification_uri} and enter ${started.user_code}`);
      if (started.verification_uri_complete) print(`or open ${started.verification_uri_complete}`);
      const tokens = await openid.pollDeviceAuthorizationGrant(config, started);
      const path = keepToken(options.gateway, tokens.access_token, tokens.expires_in ?? 300);
      print(`Signed in to ${options.gateway}; the token is in ${path}`);
      return EXIT.done;
    } catch (error) {
      throw failure(error, options.issuer);
    }
  },
};

function failure(error: unknown, issuer: string): CommandError {
  if (error instanceof openid.ResponseBodyError) {
    return new CommandError(EXIT.notSignedIn, [error.error_description ?? error.error]);
  }
  const { message, cause } = error as Error;
  const reason = cause instanceof Error && cause.message ? cause.message : message;
  return new CommandError(EXIT.failed, [`the login at ${issuer} failed: ${reason}`]);
}
