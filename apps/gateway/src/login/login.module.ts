import { Module } from '@nestjs/common';
import { PassportModule } from '@nestjs/passport';
import { GatehouseStrategy } from './gatehouse.strategy.js';
import { LoginCookies } from './login-cookies.js';
import { LoginSessions } from './login-sessions.service.js';
import { LoginStateStore } from './login-state.store.js';
import { LoginController } from './login.controller.js';
import { LoginGuard } from './login.guard.js';

@Module({
  imports: [PassportModule],
  controllers: [LoginController],
  providers: [GatehouseStrategy, LoginCookies, LoginGuard, LoginSessions, LoginStateStore],
})
export class LoginModule {}
