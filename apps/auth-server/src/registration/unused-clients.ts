import { Injectable } from '@nestjs/common';
import { ExpiredRows, type ExpiredRowsSource } from '../expiry/expired-rows.js';

/**
 * Clients that registered themselves and were not heard of since: 30 days, and no grant of theirs is left. Metadata
 * documents can be fetched again, so a day is enough. Nothing of them can be alive, so nothing is to be revoked.
 */
@Injectable()
@ExpiredRows()
export class UnusedClients implements ExpiredRowsSource {
  readonly expired = [
    unused('dynamic', '30 days'),
    unused('metadata_document', '1 day'),
    `DELETE FROM auth.initial_access_token WHERE id IN (
       SELECT id FROM auth.initial_access_token WHERE expires_at < now() LIMIT $1)`,
  ];
}

function unused(origin: string, age: string): string {
  return `DELETE FROM auth.client WHERE client_id IN (
    SELECT client_id FROM auth.client c
    WHERE origin IN ('dynamic', 'metadata_document') AND origin = '${origin}'
      AND coalesce(used_at, created_at) < now() - interval '${age}'
      AND NOT EXISTS (SELECT 1 FROM auth.oauth_grant g WHERE g.client_id = c.client_id)
    LIMIT $1)`;
}
