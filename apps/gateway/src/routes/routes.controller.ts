import { parse } from '@gatehouse/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { routeDefinition } from './route-definition.js';
import type { RouteRow } from './route.entity.js';
import { RoutesService } from './routes.service.js';

const page = z.object({
  cursor: z.string().max(200).default(''),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** `/admin/v1/routes`: live on every replica within a second. */
@Controller('admin/v1/routes')
@AdminApi()
export class RoutesController {
  constructor(private readonly routes: RoutesService) {}

  /** The JSON Schema of a route. */
  @Get('schema')
  schema() {
    return z.toJSONSchema(routeDefinition, { io: 'input' });
  }

  @Post()
  async create(@Body() body: unknown, @Res({ passthrough: true }) reply: FastifyReply) {
    const row = await this.routes.create(parse(routeDefinition, body));
    reply.header('location', `/admin/v1/routes/${row.id}`);
    return routeBody(row);
  }

  @Get()
  async list(@Query() query: unknown) {
    const { cursor, limit } = parse(page, query);
    const rows = await this.routes.list(cursor, limit);
    const next = rows.length === limit ? rows.at(-1)!.name : undefined;
    return { routes: rows.map(routeBody), ...(next === undefined ? {} : { next_cursor: next }) };
  }

  @Get(':id')
  async read(@Param('id') id: string) {
    return routeBody(await this.routes.get(id));
  }

  @Put(':id')
  async replace(@Param('id') id: string, @Body() body: unknown) {
    return routeBody(await this.routes.replace(id, parse(routeDefinition, body)));
  }

  @Delete(':id')
  @HttpCode(204)
  delete(@Param('id') id: string): Promise<void> {
    return this.routes.delete(id);
  }
}

function routeBody({ id, definition, createdAt, updatedAt }: RouteRow) {
  return { id, ...definition, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}
