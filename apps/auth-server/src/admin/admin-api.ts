import { applyDecorators, Controller, UseGuards } from '@nestjs/common';
import { BearerGuard, RequireScope } from '../bearer/bearer.guard.js';

/** A controller under `/admin/v1`: closed to whoever has no token of the scope `admin`. */
export function AdminApi(path: string): ClassDecorator {
  return applyDecorators(Controller(`admin/v1/${path}`), UseGuards(BearerGuard), RequireScope('admin'));
}
