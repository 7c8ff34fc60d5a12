import { type DatabaseSettings, migrate } from '@gatehouse/database';
import { AuditEvent } from './audit/audit-event.entity.js';
import { ClientRedirectUri } from './clients/client-redirect-uri.entity.js';
import { Client } from './clients/client.entity.js';
import { Consent } from './consent/consent.entity.js';
import { Initial1764000000000 } from './migrations/1764000000000-initial.js';
import { Logout1764000500000 } from './migrations/1764000500000-logout.js';
import { DisabledUsers1764300000000 } from './migrations/1764300000000-disabled-users.js';
import { Expiry1764300100000 } from './migrations/1764300100000-expiry.js';
import { SoftwareStatementKeys1764300200000 } from './migrations/1764300200000-software-statement-keys.js';
import { TokenSide1764100000000 } from './migrations/1764100000000-token-side.js';
import { TrustedIssuers1764100300000 } from './migrations/1764100300000-trusted-issuers.js';
import { KeyRotation1764100200000 } from './migrations/1764100200000-key-rotation.js';
import { ClientSecrets1764100100000 } from './migrations/1764100100000-client-secrets.js';
import { Registration1764000400000 } from './migrations/1764000400000-registration.js';
import { EncryptionKeys1764200000000 } from './migrations/1764200000000-encryption-keys.js';
import { GrantRequests1764200000001 } from './migrations/1764200000001-grant-requests.js';
import { AuthorizationDetailsTypes1764200000002 } from './migrations/1764200000002-authorization-details-types.js';
import { DetailsType } from './authorization-details/details-type.entity.js';
import { EncryptionKey } from './request-object/encryption-key.entity.js';
import { Grant } from './grants/grant.entity.js';
import { SigningKey } from './keys/signing-key.entity.js';
import { Resource } from './resources/resource.entity.js';
import { ResourceScope } from './resources/resource-scope.entity.js';
import { Revocation } from './revocation/revocation.entity.js';
import { RefreshToken } from './grants/refresh-token.entity.js';
import { User } from './users/user.entity.js';

/** The auth-server's own schema, tables and migrations. */
export function databaseSettings(url: string): DatabaseSettings {
  return {
    url,
    schema: 'auth',
    entities: [
      AuditEvent,
      Client,
      ClientRedirectUri,
      Consent,
      DetailsType,
      EncryptionKey,
      Grant,
      RefreshToken,
      Resource,
      ResourceScope,
      Revocation,
      SigningKey,
      User,
    ],
    migrations: [
      Initial1764000000000,
      Registration1764000400000,
      Logout1764000500000,
      TokenSide1764100000000,
      ClientSecrets1764100100000,
      KeyRotation1764100200000,
      EncryptionKeys1764200000000,
      GrantRequests1764200000001,
      AuthorizationDetailsTypes1764200000002,
      TrustedIssuers1764100300000,
      DisabledUsers1764300000000,
      Expiry1764300100000,
      SoftwareStatementKeys1764300200000,
    ],
  };
}

/** Brings the auth-server's schema up to date; safe while other replicas do the same. */
export async function migrateAuthServer(url: string): Promise<void> {
  await migrate(databaseSettings(url));
}
