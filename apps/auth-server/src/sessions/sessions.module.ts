import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { BrowserCookies } from './browser-cookies.js';
import { FormTokens } from './form-tokens.service.js';
import { SessionState } from './session-state.service.js';
import { SessionsService } from './sessions.service.js';

@Global()
@Module({
  imports: [DiscoveryModule],
  providers: [BrowserCookies, FormTokens, SessionState, SessionsService],
  exports: [BrowserCookies, FormTokens, SessionState, SessionsService],
})
export class SessionsModule {}
