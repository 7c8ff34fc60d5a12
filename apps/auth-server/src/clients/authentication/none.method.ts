import { Injectable } from '@nestjs/common';
import {
  type ClientAuthenticationMethod,
  type ClientAuthenticationRequest,
  ClientAuthenticator,
} from './client-authenticator.js';

/** RFC 6749 §2.1: a public client says who it is and proves nothing. */
@Injectable()
@ClientAuthenticator('none')
export class NoAuthentication implements ClientAuthenticationMethod {
  readonly byIdAlone = true;

  claim({ parameters }: ClientAuthenticationRequest): string | undefined {
    return parameters.client_id;
  }

  proves(): boolean {
    return true;
  }
}
