import { Module } from '@nestjs/common';
import { AccountClient } from './account-client.service.js';
import { AccountController } from './account.controller.js';

/** The pages of a person's own account. */
@Module({ controllers: [AccountController], providers: [AccountClient] })
export class AccountModule {}
