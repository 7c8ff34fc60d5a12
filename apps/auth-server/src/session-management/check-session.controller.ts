import { createHash } from 'node:crypto';
import { cookieName, Problem } from '@gatehouse/http';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CONFIG, type Config } from '../config.js';
import { BROWSER_STATE } from '../sessions/browser-cookies.js';
import { CHECK_SESSION_SCRIPT } from './check-session.script.js';

/** `/check-session`: the OP iframe, which any application may show, unseen. It reads one cookie, and tells yes or no. */
@Controller('check-session')
export class CheckSessionController {
  private readonly page: string;
  private readonly policy: string;

  constructor(@Inject(CONFIG) private readonly config: Config) {
    const cookie = cookieName(BROWSER_STATE, { secure: config.issuer.startsWith('https:') });
    const script = CHECK_SESSION_SCRIPT.replaceAll('COOKIE', cookie);
    const hash = createHash('sha256').update(script).digest('base64');
    this.page = `<!doctype html><html lang="en"><title>Session</title><script>${script}</script></html>`;
    this.policy = `default-src 'none'; script-src 'sha256-${hash}'; base-uri 'none'`;
  }

  @Get()
  show(@Res() reply: FastifyReply) {
    if (!this.config.sessionManagement) throw new Problem(404, 'There is nothing at this address.');
    return reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': this.policy,
        'cache-control': 'public, max-age=3600',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      })
      .send(this.page);
  }
}
