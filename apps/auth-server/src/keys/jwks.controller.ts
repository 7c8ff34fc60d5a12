import { Controller, Get, Header } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { KeysService } from './keys.service.js';

/** The JWK Set (RFC 7517 §5) that discovery's `jwks_uri` names. */
@Controller('jwks')
@SkipThrottle()
export class JwksController {
  constructor(private readonly keys: KeysService) {}

  @Get()
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=60')
  @Header('Content-Type', 'application/jwk-set+json')
  jwks() {
    return JSON.stringify(this.keys.jwks());
  }
}
