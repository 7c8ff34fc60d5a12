import { applyDecorators, UseGuards, UseInterceptors } from '@nestjs/common';
import { ProtectedApi, RequireScopes } from '../guards/protected-api.js';
import { AdminBody } from './admin-body.interceptor.js';
import { AdminLimits } from './admin-limits.guard.js';

/** Marks a controller of the gateway's admin API: a token for `${gateway}/admin/v1` with scope `admin`. */
export function AdminApi(): ClassDecorator {
  return applyDecorators(
    UseGuards(AdminLimits),
    ProtectedApi('/admin/v1'),
    RequireScopes('admin'),
    UseInterceptors(AdminBody),
  ) as ClassDecorator;
}
