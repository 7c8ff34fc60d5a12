import { readBasicCredentials } from '@gatehouse/client';
import { Injectable } from '@nestjs/common';
import type { Client } from '../client.entity.js';
import { matchesSecret } from '../client-secrets.js';
import {
  type ClientAuthenticationMethod,
  type ClientAuthenticationRequest,
  ClientAuthenticator,
} from './client-authenticator.js';

// A secret proves the same in a header and in the body (RFC 6749 §2.3.1), and client libraries differ in where they put
// it; so either is taken, whichever of the two is registered.

/** RFC 6749 §2.3.1: the secret in HTTP Basic. */
@Injectable()
@ClientAuthenticator('client_secret_basic')
export class ClientSecretBasic implements ClientAuthenticationMethod {
  readonly serves = ['client_secret_post'];

  claim({ authorization }: ClientAuthenticationRequest): string | undefined {
    return readBasicCredentials(authorization)?.clientId;
  }

  proves(client: Client, { authorization }: ClientAuthenticationRequest): boolean {
    return matchesSecret(client, readBasicCredentials(authorization)!.secret);
  }
}

/** RFC 6749 §2.3.1: the secret in the body. */
@Injectable()
@ClientAuthenticator('client_secret_post')
export class ClientSecretPost implements ClientAuthenticationMethod {
  readonly serves = ['client_secret_basic'];

  claim({ parameters }: ClientAuthenticationRequest): string | undefined {
    return parameters.client_secret === undefined ? undefined : (parameters.client_id ?? '');
  }

  proves(client: Client, { parameters }: ClientAuthenticationRequest): boolean {
    return matchesSecret(client, parameters.client_secret!);
  }
}
