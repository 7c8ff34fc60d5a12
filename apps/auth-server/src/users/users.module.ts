import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { User } from './user.entity.js';
import { PasswordLogins } from './password-logins.service.js';
import { UsersService } from './users.service.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([User])],
  providers: [PasswordLogins, UsersService],
  exports: [PasswordLogins, UsersService],
})
export class UsersModule {}
