import { parse } from '@gatehouse/http';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { AdminApi } from '../admin/admin-api.js';
import { type Resolution, resolve, resolveRequest } from './resolve-request.js';
import { RoutesInForce } from './routes-in-force.service.js';

/** Tells which route a request would take, and why. */
@Controller('admin/v1/routes/resolve')
@AdminApi()
export class ResolveController {
  constructor(private readonly routes: RoutesInForce) {}

  @Post()
  @HttpCode(200)
  resolve(@Body() body: unknown): Resolution {
    return resolve(parse(resolveRequest, body), this.routes.table);
  }
}
