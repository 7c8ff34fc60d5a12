import { randomUUID } from 'node:crypto';
import { GuardedFetch, GuardedFetchError } from '@gatehouse/guarded-fetch';
import { Inject, Injectable } from '@nestjs/common';
import { Subjects } from '../claims/subjects.service.js';
import type { Client } from '../clients/client.entity.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { KeysService } from '../keys/keys.service.js';

/** §2.4 recommends two minutes at most. */
const LIFETIME_S = 120;
const TIMEOUT_MS = 5_000;
const MAX_BYTES = 4_096;

/** The `typ` of a logout token (§2.4): it must not pass for another kind of JWT. */
const LOGOUT_TOKEN_TYPE = 'logout+jwt';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** Makes logout tokens (OpenID Connect Back-Channel Logout §2.4), and posts them (§2.5). */
@Injectable()
export class LogoutTokens {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(GuardedFetch) private readonly guardedFetch: GuardedFetch,
    private readonly clients: ClientsService,
    private readonly keys: KeysService,
    private readonly subjects: Subjects,
  ) {}

  /** @returns why the client did not take it; undefined when it did, or wants none any more */
  async send(clientId: string, userId: string, sid: string): Promise<string | undefined> {
    const client = await this.clients.read(clientId);
    const uri = client?.metadata.backchannel_logout_uri;
    if (!client || uri === undefined) return undefined;
    const token = await this.issue(client, userId, sid);
    try {
      await this.guardedFetch.fetch(uri, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ logout_token: token }).toString(),
        statuses: [200, 204],
        timeoutMs: TIMEOUT_MS,
        maxBytes: MAX_BYTES,
      });
      return undefined;
    } catch (error) {
      if (error instanceof GuardedFetchError) return error.reason;
      throw error;
    }
  }

  private async issue(client: Client, userId: string, sid: string): Promise<string> {
    const iat = Math.floor(Date.now() / 1000);
    return this.keys.sign(client.metadata.id_token_signed_response_alg, LOGOUT_TOKEN_TYPE, {
      iss: this.config.issuer,
      sub: this.subjects.of(client, userId),
      aud: client.clientId,
      iat,
      exp: iat + LIFETIME_S,
      jti: randomUUID(),
      sid,
      events: { [EVENT]: {} },
    });
  }
}
