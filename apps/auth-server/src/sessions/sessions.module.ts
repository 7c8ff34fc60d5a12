import { Global, Module } from '@nestjs/common';
import { BrowserCookies } from './browser-cookies.js';
import { FormTokens } from './form-tokens.service.js';
import { LogoutController } from './logout.controller.js';
import { SessionsService } from './sessions.service.js';

@Global()
@Module({
  controllers: [LogoutController],
  providers: [BrowserCookies, FormTokens, SessionsService],
  exports: [BrowserCookies, FormTokens, SessionsService],
})
export class SessionsModule {}
