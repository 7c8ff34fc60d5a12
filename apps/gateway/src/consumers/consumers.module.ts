import { Module } from '@nestjs/common';
import { ApiKeyGuard } from './api-key.guard.js';
import { BasicGuard } from './basic.guard.js';
import { ConsumersKind } from './consumers.kind.js';
import { ConsumerGuard } from './consumer.guard.js';
import { Consumers } from './consumers.service.js';
import { CredentialsKind } from './credentials.kind.js';
import { HttpSignatureGuard } from './http-signature/http-signature.guard.js';
import { MtlsGuard } from './mtls.guard.js';
import { CredentialRotation } from './credential-rotation.service.js';
import { CredentialsController } from './credentials.controller.js';
import { OwnKeysController } from './personal-keys/own-keys.controller.js';
import { OwnKeyTeams } from './personal-keys/own-key-teams.service.js';
import { OwnKeys } from './personal-keys/own-keys.service.js';
import { PersonalKeyKind } from './personal-keys/personal-key.kind.js';
import { PersonalKeys } from './personal-keys/personal-keys.service.js';
import { TeamKind } from './teams/team.kind.js';
import { Teams } from './teams/teams.service.js';
import { CredentialSecrets } from './credential-secrets.service.js';

/** Who calls APIs by credentials of the gateway's own. */
@Module({
  controllers: [CredentialsController, OwnKeysController],
  providers: [
    CredentialRotation,
    ConsumersKind,
    CredentialsKind,
    CredentialSecrets,
    Consumers,
    ConsumerGuard,
    ApiKeyGuard,
    BasicGuard,
    HttpSignatureGuard,
    MtlsGuard,
    TeamKind,
    Teams,
    PersonalKeyKind,
    PersonalKeys,
    OwnKeys,
    OwnKeyTeams,
  ],
  exports: [ConsumersKind, CredentialsKind, Consumers, OwnKeys, OwnKeyTeams, PersonalKeys, TeamKind, Teams],
})
export class ConsumersModule {}
