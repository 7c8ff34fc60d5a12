import { type FieldFault, Problem } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { type ConfigKind, Configured } from '../configuration/config-kind.js';
import { credentialFault, credentialBox } from './login-client-compiler.js';
import { type LoginClientDefinition, loginClientDefinition } from './login-client-definition.js';
import { sealCredential } from './sealed-credential.js';

/** `/admin/v1/login-clients`: the gateway as a client of OpenID providers. What proves who it is goes in, and never out. */
@Injectable()
@Configured('login-clients')
export class LoginClientKind implements ConfigKind<LoginClientDefinition> {
  readonly singular = 'login client';
  readonly schema = loginClientDefinition;
  private readonly box: SecretBox;

  constructor(@Inject(CONFIG) config: Config) {
    this.box = credentialBox(config);
  }

  faults(definition: LoginClientDefinition): FieldFault[] {
    const fault = credentialFault(definition, this.box);
    return fault ? [fault] : [];
  }

  shown(definition: LoginClientDefinition): object {
    const { client_secret: _secret, private_key: _key, sealed_credential: _sealed, ...rest } = definition;
    return rest;
  }

  accept(sent: LoginClientDefinition, before: LoginClientDefinition | undefined) {
    const { client_secret, private_key, sealed_credential: _, ...rest } = sent;
    if (client_secret !== undefined || private_key !== undefined) {
      return { kept: { ...rest, sealed_credential: sealCredential(sent, this.box) } };
    }
    const sealed = before?.sealed_credential;
    if (sealed === undefined || rest.token_endpoint_auth_method === 'none') return { kept: rest };
    // Whoever may change a client, and not read its secret, must not have it sent to a server of their own.
    if (rest.issuer !== before!.issuer || rest.client_id !== before!.client_id) {
      const detail = 'must be given anew where issuer or client_id change';
      const pointer =
        rest.token_endpoint_auth_method === 'private_key_jwt' ? '/private_key' : '/client_secret';
      throw new Problem(422, 'Some members of the request cannot be used.', {
        errors: [{ pointer, detail }],
      });
    }
    return { kept: { ...rest, sealed_credential: sealed } };
  }
}
