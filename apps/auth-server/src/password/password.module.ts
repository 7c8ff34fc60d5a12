import { Module } from '@nestjs/common';
import { PasswordGrant } from './password.grant.js';

/** The password grant, for migration only. */
@Module({ providers: [PasswordGrant] })
export class PasswordModule {}
