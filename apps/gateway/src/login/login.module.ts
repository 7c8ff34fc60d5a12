import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { BackchannelLogoutController } from './backchannel-logout.controller.js';
import { GatehouseStrategy } from './gatehouse.strategy.js';
import { GrantedScopes } from './granted-scopes.service.js';
import { LoginClientKind } from './login-client.kind.js';
import { LoginClients } from './login-clients.service.js';
import { LoginSessions } from './login-sessions.service.js';
import { LoginStateStore } from './login-state.store.js';
import { LoginController } from './login.controller.js';
import { LoginGuard } from './login.guard.js';
import { LogoutController } from './logout.controller.js';
import { ProviderTokens } from './provider-tokens.service.js';
import { Providers } from './providers.service.js';
import { SessionRenewal } from './session-renewal.service.js';
import { SessionStore } from './session-store.js';
import { SignIn } from './sign-in.service.js';
import { SignedInPeople } from './signed-in-people.js';
import { Visits } from './visits.service.js';

/** The gateway as an OpenID Connect client: redirect login, its sessions and their end. */
@Module({
  imports: [PassportModule],
  controllers: [LoginController, LogoutController, BackchannelLogoutController],
  providers: [
    GatehouseStrategy,
    GrantedScopes,
    LoginClientKind,
    LoginClients,
    LoginGuard,
    LoginSessions,
    LoginStateStore,
    Providers,
    ProviderTokens,
    SessionRenewal,
    SessionStore,
    SignedInPeople,
    SignIn,
    Visits,
  ],
  exports: [LoginClients, LoginSessions, Visits],
})
export class LoginModule {}
