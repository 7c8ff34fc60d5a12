import type { SecretBox } from '@gatehouse/token';
import type { LoginClientDefinition } from './login-client-definition.js';

/** What proves who the gateway is at a provider. */
export type Credential = Pick<LoginClientDefinition, 'client_secret' | 'private_key'>;

type Sealed = Pick<LoginClientDefinition, 'issuer' | 'client_id' | 'sealed_credential'> & Credential;

/** Encrypts a credential. It opens only for the provider it was given for, whoever changes the issuer afterwards. */
export function sealCredential(definition: Sealed, box: SecretBox): string {
  const { client_secret, private_key } = definition;
  return box.seal(JSON.stringify({ client_secret, private_key }), contextOf(definition));
}

/** @throws when it was sealed under another GATEHOUSE_SECRET, or for another provider */
export function openCredential(definition: Sealed, box: SecretBox): Credential {
  const { sealed_credential: sealed } = definition;
  if (sealed === undefined) return definition;
  return JSON.parse(box.open(sealed, contextOf(definition))) as Credential;
}

function contextOf({ issuer, client_id }: Sealed): string {
  return JSON.stringify([issuer, client_id]);
}
