import { Module } from '@nestjs/common';
import { ConsumersModule } from '../consumers/consumers.module.js';
import { LoginModule } from '../login/login.module.js';
import { RoutesModule } from '../routes/routes.module.js';
import { OwnKeyBudgets } from './own-key-budgets.service.js';
import { OwnKeyRoutes } from './own-key-routes.service.js';
import { OwnKeysPageController } from './own-keys-page.controller.js';
import { OwnKeysView } from './own-keys-view.service.js';

/** Pages of the gateway on which people see to what is their own. */
@Module({
  imports: [ConsumersModule, LoginModule, RoutesModule],
  controllers: [OwnKeysPageController],
  providers: [OwnKeyBudgets, OwnKeyRoutes, OwnKeysView],
})
export class AccountModule {}
