import { applyDecorators } from '@nestjs/common';
import { ProtectedApi, RequireScopes } from '../guards/protected-api.js';

/** Marks a controller of the gateway's admin API: a token for `${gateway}/admin/v1` with scope `admin`. */
export function AdminApi(): ClassDecorator {
  return applyDecorators(ProtectedApi('/admin/v1'), RequireScopes('admin')) as ClassDecorator;
}
