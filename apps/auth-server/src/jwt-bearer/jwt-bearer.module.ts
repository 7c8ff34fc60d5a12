import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { JwtBearerGrant } from './jwt-bearer.grant.js';
import { TrustedIssuer } from './trusted-issuer.entity.js';
import { TrustedIssuersController } from './trusted-issuers.controller.js';
import { TrustedIssuers } from './trusted-issuers.service.js';

/** JWTs of trusted issuers as grants (RFC 7523 §2.1). */
@Module({
  imports: [TypeOrmModule.forFeature([TrustedIssuer])],
  controllers: [TrustedIssuersController],
  providers: [TrustedIssuers, JwtBearerGrant],
})
export class JwtBearerModule {}
