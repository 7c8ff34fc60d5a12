import type { Client } from '../clients/client.entity.js';

/** The client or the redirect URI is wrong: told to the person, never sent anywhere (RFC 6749 §4.1.2.1). */
export class UntrustedRequestError extends Error {
  override readonly name = 'UntrustedRequestError';

  /** @param client who asks, when that much is known */
  constructor(
    message: string,
    readonly client?: Client,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
