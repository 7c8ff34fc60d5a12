import { OAuthError } from '@gatehouse/http';
import { Controller, Get, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import { BearerGuard, type BearerRequest, RequireScope } from '../bearer/bearer.guard.js';
import { UsersService } from '../users/users.service.js';

/** `/userinfo` (OpenID Connect Core §5.3). */
@Controller('userinfo')
@UseGuards(BearerGuard)
@RequireScope('openid')
export class UserinfoController {
  constructor(private readonly users: UsersService) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async read(@Req() request: BearerRequest) {
    const { claims, scopes } = request.accessToken;
    const user = await this.users.find(claims.sub);
    if (!user) throw new OAuthError('invalid_token', 'The user no longer exists');
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
