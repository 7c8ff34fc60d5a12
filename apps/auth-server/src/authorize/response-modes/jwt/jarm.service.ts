import { OAuthError } from '@gatehouse/http';
import { Inject, Injectable } from '@nestjs/common';
import { ClientsService } from '../../../clients/clients.service.js';
import { CONFIG, type Config } from '../../../config.js';
import { type MetadataContributor, MetadataSource } from '../../../discovery/metadata-source.js';
import { KeysService, SIGNING_ALGORITHMS } from '../../../keys/keys.service.js';
import type { ReturnAddress } from '../../authorization-request.js';
import type { AnswerMembers } from '../response-mode.js';

/** JARM §2.1 recommends ten minutes at the most; on its way an answer takes seconds. */
const LIFETIME_S = 600;

/** Signs authorization responses (JWT Secured Authorization Response Mode, JARM). */
@Injectable()
@MetadataSource()
export class Jarm implements MetadataContributor {
  constructor(
    private readonly keys: KeysService,
    private readonly clients: ClientsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** The one member of the answer, `response` (JARM §2.3). */
  async sign({ clientId }: ReturnAddress, members: AnswerMembers): Promise<AnswerMembers> {
    const client = await this.clients.find(clientId);
    if (!client) throw new OAuthError('unauthorized_client', 'The client is gone');
    const alg = client.metadata.authorization_signed_response_alg ?? 'RS256';
    const claims = {
      ...members,
      iss: this.config.issuer,
      aud: clientId,
      exp: Math.floor(Date.now() / 1000) + LIFETIME_S,
    };
    return { response: await this.keys.sign(alg, 'JWT', claims) };
  }

  metadata() {
    return { authorization_signing_alg_values_supported: [...SIGNING_ALGORITHMS] };
  }
}
