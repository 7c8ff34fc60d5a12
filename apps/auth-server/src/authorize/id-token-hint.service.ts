import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import { compactVerify } from 'jose';
import { z } from 'zod';
import { Subjects } from '../claims/subjects.service.js';
import { ClientsService } from '../clients/clients.service.js';
import { CONFIG, type Config } from '../config.js';
import { KeysService, SIGNING_ALGORITHMS } from '../keys/keys.service.js';

/** Reads `id_token_hint`: an ID Token from before, by which a client says whom it means (OpenID Connect Core §3.1.2.1). */
@Injectable()
export class IdTokenHint {
  constructor(
    private readonly keys: KeysService,
    private readonly clients: ClientsService,
    private readonly subjects: Subjects,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /**
   * The id of the user that the hint names. It may have expired long ago, but must be one that this server gave this client.
   * @throws OAuthError invalid_request
   */
  async read(hint: string, clientId: string): Promise<string> {
    const claims = z.object({
      iss: z.literal(this.config.issuer),
      sub: z.string().min(1),
      aud: z.literal(clientId),
    });
    try {
      const { payload, protectedHeader } = await compactVerify(hint, this.keys.resolve as never, {
        algorithms: [...SIGNING_ALGORITHMS],
      });
      // An access token is signed with the same keys, and is no ID Token (RFC 8725 §3.11).
      z.literal('JWT').parse(protectedHeader.typ);
      const { sub } = claims.parse(JSON.parse(Buffer.from(payload).toString('utf8')));
      const client = await this.clients.find(clientId);
      return z.string().parse(client && this.subjects.userIdOf(client, sub));
    } catch {
      throw new OAuthError('invalid_request', 'id_token_hint is not an ID Token of this issuer and client');
    }
  }
}
