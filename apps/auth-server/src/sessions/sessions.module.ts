import { Global, Module } from '@nestjs/common';
import { BrowserCookies } from './browser-cookies.js';
import { SessionsService } from './sessions.service.js';

@Global()
@Module({ providers: [BrowserCookies, SessionsService], exports: [BrowserCookies, SessionsService] })
export class SessionsModule {}
