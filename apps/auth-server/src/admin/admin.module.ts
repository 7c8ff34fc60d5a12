import { Global, Module } from '@nestjs/common';
import { GrantsController } from './grants.controller.js';
import { Preconditions } from './preconditions.service.js';
import { ResourcesController } from './resources.controller.js';
import { UsersController } from './users.controller.js';

/** The admin API of what has no folder of its own for it: users, their sessions, grants, and resources. */
@Global()
@Module({
  controllers: [GrantsController, ResourcesController, UsersController],
  providers: [Preconditions],
  exports: [Preconditions],
})
export class AdminModule {}
