import { Controller, Get, Header, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { BearerGuard, type BearerRequest, RequireScope } from '../bearer/bearer.guard.js';
import { SERVICE_ENDPOINT } from '../throttling/limits.js';
import { UserinfoService } from './userinfo.service.js';

/** `/userinfo` (OpenID Connect Core §5.3). */
@Controller('userinfo')
@UseGuards(BearerGuard)
@Throttle(SERVICE_ENDPOINT)
@RequireScope('openid')
export class UserinfoController {
  constructor(private readonly userinfo: UserinfoService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async read(@Req() request: BearerRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const answer = await this.userinfo.read(request.accessToken);
    if ('claims' in answer) return answer.claims;
    reply.type('application/jwt');
    return answer.jwt;
  }

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  readByPost(@Req() request: BearerRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.read(request, reply);
  }
}
