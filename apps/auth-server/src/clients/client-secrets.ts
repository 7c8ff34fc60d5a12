import { type ClientMetadata, usesSecret } from '@gatehouse/client';
import { type Hash, hashOf, matchesHash, newSecret, SecretBox } from '@gatehouse/token';
import type { Client } from './client.entity.js';

/** A secret that was replaced, and works for a while yet. */
export interface RetiringSecret {
  readonly hash: Hash;
  readonly sealed: string | null;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** Where secrets that sign are kept. */
export function secretBox(secret: string): SecretBox {
  return new SecretBox(secret, 'client secrets');
}

/** What is stored of a client's secrets: one, and during a rotation the one before it. */
export type SecretColumns = Pick<Client, 'secretHash' | 'sealedSecret' | 'retiringSecret'>;

export const NO_SECRET: SecretColumns = { secretHash: null, sealedSecret: null, retiringSecret: null };

/** Whether it is a secret of the client that still works, in constant time. */
export function matchesSecret(client: Client, secret: string): boolean {
  const retiring = liveRetiring(client);
  const isCurrent = client.secretHash !== null && matchesHash(secret, client.secretHash);
  const isRetiring = retiring !== undefined && matchesHash(secret, retiring.hash);
  return isCurrent || isRetiring;
}

/** The secret that is on its way out, while it works. */
export function liveRetiring({ retiringSecret }: SecretColumns): RetiringSecret | undefined {
  return retiringSecret && retiringSecret.expiresAt > Date.now() / 1000 ? retiringSecret : undefined;
}

/**
 * What to store of a secret. Where it signs (client_secret_jwt, OpenID Connect Core §9) it must be known again, so it
 * is sealed; otherwise its hash serves.
 */
export function secretColumns(
  clientId: string,
  metadata: ClientMetadata,
  secret: string,
  box: SecretBox,
): SecretColumns {
  return {
    secretHash: hashOf(secret),
    sealedSecret: isKey(metadata) ? box.seal(secret, clientId) : null,
    retiringSecret: null,
  };
}

/**
 * The secrets of a client whose metadata changes.
 * @param given the secret it is to have; otherwise it keeps its own where that can be
 * @returns the secret too, when it is a new one
 */
export function changedSecret(
  client: Client,
  metadata: ClientMetadata,
  given: string | undefined,
  box: SecretBox,
): { readonly columns: SecretColumns; readonly secret: string | undefined } {
  if (!usesSecret(metadata)) return { columns: NO_SECRET, secret: undefined };
  const keeps = given === undefined || (client.secretHash !== null && matchesHash(given, client.secretHash));
  // A secret of which only the hash is known cannot become a key.
  if (keeps && client.secretHash !== null && (!isKey(metadata) || client.sealedSecret !== null)) {
    return { columns: isKey(metadata) ? columnsOf(client) : unsealed(client), secret: given };
  }
  const secret = given ?? newSecret();
  return { columns: secretColumns(client.clientId, metadata, secret, box), secret };
}

/** A new secret, beside which the one before works for `overlap` seconds more. There are never more than two. */
export function rotatedSecret(
  client: Client,
  secret: string,
  overlap: number,
  box: SecretBox,
): SecretColumns {
  const columns = secretColumns(client.clientId, client.metadata, secret, box);
  if (overlap === 0 || client.secretHash === null) return columns;
  const expiresAt = Math.floor(Date.now() / 1000) + overlap;
  return { ...columns, retiringSecret: { hash: client.secretHash, sealed: client.sealedSecret, expiresAt } };
}

/** The client's secrets as keys; none where they do not sign. */
export function secretKeys(client: Client, box: SecretBox): Uint8Array[] {
  return [client.sealedSecret, liveRetiring(client)?.sealed]
    .filter((sealed) => typeof sealed === 'string')
    .map((sealed) => Buffer.from(box.open(sealed, client.clientId)));
}

function isKey(metadata: ClientMetadata): boolean {
  return metadata.token_endpoint_auth_method === 'client_secret_jwt';
}

function columnsOf({ secretHash, sealedSecret, retiringSecret }: SecretColumns): SecretColumns {
  return { secretHash, sealedSecret, retiringSecret };
}

function unsealed({ secretHash, retiringSecret }: SecretColumns): SecretColumns {
  return {
    secretHash,
    sealedSecret: null,
    retiringSecret: retiringSecret && { ...retiringSecret, sealed: null },
  };
}
