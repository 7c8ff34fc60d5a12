import { Controller, Get } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { routeDefinition } from './route-definition.js';

/** What there is under `/admin/v1/routes` beside what every kind of configuration object has. */
@Controller('admin/v1/routes')
@AdminApi()
export class RoutesController {
  /** The JSON Schema of a route; `/admin/v1/schemas/routes` is the same. */
  @Get('schema')
  schema() {
    return z.toJSONSchema(routeDefinition, { io: 'input', unrepresentable: 'any' });
  }
}
