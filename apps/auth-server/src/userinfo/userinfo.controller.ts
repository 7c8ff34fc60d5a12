import { OAuthError } from '@gatehouse/http';
import { bearerChallenge } from '@gatehouse/token';
import { Controller, Get, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { Throttle } from '@nestjs/throttler';
import { BearerGuard, type BearerRequest, RequireScope } from '../bearer/bearer.guard.js';
import { SERVICE_ENDPOINT } from '../throttling/limits.js';
import { UsersService } from '../users/users.service.js';

/** `/userinfo` (OpenID Connect Core §5.3). */
@Controller('userinfo')
@UseGuards(BearerGuard)
@Throttle(SERVICE_ENDPOINT)
@RequireScope('openid')
export class UserinfoController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async read(@Req() request: BearerRequest) {
    const { claims, scopes } = request.accessToken;
    const user = await this.users.find(claims.sub);
    if (!user) throw noSuchUser();
    return {
      sub: user.id,
      ...(scopes.includes('profile') ? { name: user.name, preferred_username: user.username } : {}),
      ...(scopes.includes('email') && user.email
        ? { email: user.email, email_verified: user.emailVerified }
        : {}),
    };
  }

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  readByPost(@Req() request: BearerRequest) {
    return this.read(request);
  }
}

/** A client's own token has no user behind it, nor has one whose user was deleted. */
function noSuchUser(): OAuthError {
  const errorDescription = 'The token stands for no user';
  return new OAuthError('invalid_token', errorDescription, {
    headers: { 'www-authenticate': bearerChallenge({ error: 'invalid_token', errorDescription }) },
  });
}
