import { OAuthError } from '@gatehouse/http';
import { Injectable } from '@nestjs/common';
import {
  type Amendment,
  ClientPolicy,
  type ClientRegistration,
  type ClientReviewer,
} from '../../../apps/auth-server/src/extension.js';

/** Whose applications may register. Yours would ask the system that knows. */
const PARTNERS: ReadonlySet<string> = new Set(['partner.example', 'apps.partner.example']);

/** Seconds. */
const SHORT = 300;

@Injectable()
@ClientPolicy()
export class PartnerPolicy implements ClientReviewer {
  review({ metadata, softwareStatement }: ClientRegistration): Amendment {
    for (const uri of metadata.redirect_uris) {
      // Of the parsed address: a look at the text is fooled by https://partner.example@evil.example/.
      if (!PARTNERS.has(new URL(uri).hostname)) {
        throw new OAuthError('invalid_redirect_uri', 'redirect_uris: only hosts of partners register here');
      }
    }
    if (/gatehouse/i.test(metadata.client_name ?? '')) {
      throw new OAuthError('invalid_client_metadata', 'client_name: this name is taken');
    }
    return softwareStatement ? undefined : { access_token_lifetime: SHORT };
  }
}
