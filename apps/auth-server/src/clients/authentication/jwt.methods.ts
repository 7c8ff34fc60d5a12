import { CLIENT_SECRET_ALGORITHMS, CLIENT_SIGNING_ALGORITHMS, isFapi2 } from '@gatehouse/client';
import { InvalidTokenError, SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { type AssertionKeys } from '../../assertions/key-finder.service.js';
import { Assertions } from '../../assertions/assertions.service.js';
import { CONFIG, type Config } from '../../config.js';
import type { Client } from '../client.entity.js';
import { secretBox, secretKeys } from '../client-secrets.js';
import { CLIENT_ASSERTION_TYPES, clientAssertionAudiences, readClientAssertion } from './client-assertion.js';
import {
  type ClientAuthenticationMethod,
  type ClientAuthenticationRequest,
  ClientAuthenticator,
} from './client-authenticator.js';

/** What RFC 7523 §3 and OpenID Connect Core §9 demand of both kinds. */
abstract class JwtMethod implements ClientAuthenticationMethod {
  abstract readonly signingAlgorithms: readonly string[];

  constructor(
    private readonly assertions: Assertions,
    private readonly issuer: string,
  ) {}

  claim(request: ClientAuthenticationRequest): string | undefined {
    const assertion = readClientAssertion(request);
    return assertion && this.isMine(assertion.alg) ? assertion.clientId : undefined;
  }

  async proves(client: Client, request: ClientAuthenticationRequest): Promise<boolean> {
    const pinned = client.metadata.token_endpoint_auth_signing_alg;
    const { aud } = await this.assertions.verify(readClientAssertion(request)!.jwt, {
      issuer: client.clientId,
      subject: client.clientId,
      audiences: clientAssertionAudiences(this.issuer, request.path),
      types: CLIENT_ASSERTION_TYPES,
      algorithms: this.signingAlgorithms.filter((alg) => pinned === undefined || alg === pinned),
      keys: this.keysOf(client),
    });
    if (isFapi2(client.metadata) && aud !== this.issuer)
      throw new InvalidTokenError('The aud must be the issuer, as a string (FAPI 2.0 section 5.3.2.1)');
    return true;
  }

  protected abstract isMine(alg: string): boolean;
  protected abstract keysOf(client: Client): AssertionKeys;
}

/** A JWT signed with the client's private key. */
@Injectable()
@ClientAuthenticator('private_key_jwt')
export class PrivateKeyJwt extends JwtMethod {
  readonly signingAlgorithms = CLIENT_SIGNING_ALGORITHMS;

  constructor(assertions: Assertions, @Inject(CONFIG) config: Config) {
    super(assertions, config.issuer);
  }

  /** Whatever is not a secret's, `none` included: it is refused where it is verified. */
  protected isMine(alg: string): boolean {
    return !alg.startsWith('HS');
  }

  protected keysOf({ metadata }: Client): AssertionKeys {
    return metadata.jwks_uri === undefined
      ? { jwks: metadata.jwks ?? { keys: [] } }
      : { jwksUri: metadata.jwks_uri };
  }
}

/** A JWT with a MAC of the client's secret. */
@Injectable()
@ClientAuthenticator('client_secret_jwt')
export class ClientSecretJwt extends JwtMethod {
  readonly signingAlgorithms = CLIENT_SECRET_ALGORITHMS;
  private readonly box: SecretBox;

  constructor(assertions: Assertions, @Inject(CONFIG) config: Config) {
    super(assertions, config.issuer);
    this.box = secretBox(config.secret);
  }

  protected isMine(alg: string): boolean {
    return alg.startsWith('HS');
  }

  protected keysOf(client: Client): AssertionKeys {
    return { secrets: secretKeys(client, this.box) };
  }
}
