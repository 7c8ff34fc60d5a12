import { type FieldFault, Problem } from '@gatehouse/http';
import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { Configured, type ConfigKind, type Configuration } from '../configuration/config-kind.js';
import {
  type IntrospectionDefinition,
  type IssuerDefinition,
  issuerDefinition,
  OWN_ISSUER,
} from './issuer-definition.js';
import { secretContext } from './issuer-requests.js';

/** `issuers` in the configuration: whose access tokens routes may take besides our auth-server's. */
@Injectable()
@Configured('issuers')
export class IssuerKind implements ConfigKind<IssuerDefinition> {
  readonly singular = 'issuer';
  readonly schema = issuerDefinition;
  readonly secrets: SecretBox;
  private readonly ownUrl: string;

  constructor(@Inject(CONFIG) { secret, issuer }: Config) {
    this.secrets = new SecretBox(secret, 'secrets of issuers');
    this.ownUrl = issuer;
  }

  faults({ name, issuer, introspection }: IssuerDefinition, configuration: Configuration): FieldFault[] {
    const faults: FieldFault[] = [];
    if (name === OWN_ISSUER) {
      faults.push({ pointer: '/name', detail: 'is the name of the auth-server itself: choose another' });
    }
    const twin = [...configuration.of<IssuerDefinition>(this).values()].find(
      (one) => one.name !== name && one.definition.issuer === issuer,
    );
    if (twin || issuer === this.ownUrl) {
      const whose = twin ? twin.name : 'the auth-server itself';
      faults.push({ pointer: '/issuer', detail: `is ${whose} already: an issuer has one set of rules` });
    }
    if (introspection && introspection.client_secret === undefined) {
      faults.push({ pointer: '/introspection/client_secret', detail: 'is needed' });
    }
    return faults;
  }

  shown({ introspection, ...issuer }: IssuerDefinition): object {
    if (!introspection) return issuer;
    const { client_secret: _, ...shown } = introspection;
    return { ...issuer, introspection: shown };
  }

  accept(sent: IssuerDefinition, before: IssuerDefinition | undefined): { kept: IssuerDefinition } {
    if (!sent.introspection) return { kept: sent };
    const secret = sent.introspection.client_secret ?? before?.introspection?.client_secret;
    if (typeof secret === 'string') {
      return { kept: withSecret(sent, { sealed: this.secrets.seal(secret, secretContext(sent.name)) }) };
    }
    // Whoever may change an issuer, and not read its secret, must not have it sent to a server of their own.
    if (secret !== undefined && before?.introspection && isAnother(sent, before)) {
      const detail = 'must be given anew where name, endpoint or client_id change';
      throw new Problem(422, 'Some members of the request cannot be used.', {
        errors: [{ pointer: '/introspection/client_secret', detail }],
      });
    }
    return { kept: withSecret(sent, secret) };
  }
}

type Secret = IntrospectionDefinition['client_secret'];

function withSecret(issuer: IssuerDefinition, secret: Secret): IssuerDefinition {
  return { ...issuer, introspection: { ...issuer.introspection!, client_secret: secret } };
}

function isAnother(
  { name, introspection }: IssuerDefinition,
  { name: nameBefore, introspection: before }: IssuerDefinition,
): boolean {
  return (
    name !== nameBefore ||
    introspection!.endpoint !== before!.endpoint ||
    introspection!.client_id !== before!.client_id
  );
}
