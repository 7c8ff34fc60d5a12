import { Inject, Injectable } from '@nestjs/common';
import type { Client } from '../clients/client.entity.js';
import { CONFIG, type Config } from '../config.js';
import { type MetadataContributor, MetadataSource } from '../discovery/metadata-source.js';
import { KeysService, SIGNING_ALGORITHMS } from '../keys/keys.service.js';
import type { Introspection } from './introspection.service.js';

/** RFC 9701 §4. */
export const INTROSPECTION_JWT = 'application/token-introspection+jwt';

/** Whether an Accept header prefers the signed form. */
export function asksForJwt(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  return accept.split(',').some((part) => {
    const [type, ...parameters] = part.split(';').map((one) => one.trim().toLowerCase());
    return type === INTROSPECTION_JWT && !parameters.some((one) => /^q=0(\.0*)?$/.test(one));
  });
}

/** Signed answers, for whoever must be able to show what this server said (RFC 9701). */
@Injectable()
@MetadataSource()
export class IntrospectionJwt implements MetadataContributor {
  constructor(
    private readonly keys: KeysService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  metadata() {
    return { introspection_signing_alg_values_supported: [...SIGNING_ALGORITHMS] };
  }

  /** RFC 9701 §5: the answer inside, so that its claims are not taken for the JWT's own. */
  sign(answer: Introspection, client: Client): string | Promise<string> {
    return this.keys.sign(
      client.metadata.introspection_signed_response_alg ?? 'RS256',
      'token-introspection+jwt',
      {
        iss: this.config.issuer,
        aud: client.clientId,
        iat: Math.floor(Date.now() / 1000),
        token_introspection: answer,
      },
    );
  }
}
