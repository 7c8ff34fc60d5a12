import { Controller, Get, Header } from '@nestjs/common';
import { IdentityJwt } from './identity-jwt.policy.js';

/** `/.gatehouse/jwks`: the public keys of what `identity_jwt` signs. */
@Controller('.gatehouse/jwks')
export class IdentityKeysController {
  constructor(private readonly identity: IdentityJwt) {}

  @Get()
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=300')
  keys() {
    return { keys: this.identity.keys.published() };
  }
}
