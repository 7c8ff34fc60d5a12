import { applyDecorators, UseGuards } from '@nestjs/common';
import { AdminGuard } from './admin.guard.js';

/** Marks a controller of the gateway's admin API: a token for `${gateway}/admin/v1` with scope `admin`. */
export function AdminApi(): ClassDecorator {
  return applyDecorators(UseGuards(AdminGuard));
}
