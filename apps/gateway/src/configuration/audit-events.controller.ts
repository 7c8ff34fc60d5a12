import { cursorAfter, Documented, nextCursor, pageQuery, readCursor } from '@gatehouse/admin';
import { parse } from '@gatehouse/http';
import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { ConfigEvents } from './config-events.service.js';

const filter = pageQuery.extend({
  type: z
    .string()
    .max(100)
    .optional()
    .describe('config.created, config.changed, config.deleted or ai_contents.read'),
  kind: z.string().max(100).optional().describe('of the object, e.g. routes'),
  name: z.string().max(200).optional().describe('of the object'),
});
const event = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  type: z.string(),
  client_id: z.string().optional(),
  user_id: z.string().optional(),
  address: z.string().optional(),
  detail: z.looseObject({ kind: z.string(), id: z.string(), name: z.string() }),
});

/** `/admin/v1/audit-events`: who changed the configuration, newest first. */
@Controller('admin/v1/audit-events')
@AdminApi()
export class AuditEventsController {
  constructor(private readonly events: ConfigEvents) {}

  @Get()
  @Documented({
    summary: 'List audit events, newest first',
    query: filter,
    answer: z.object({ audit_events: z.array(event), ...nextCursor }),
  })
  async list(@Query() query: unknown) {
    const { cursor, limit, ...wanted } = parse(filter, query);
    const before = readCursor(cursor, /^\d{1,19}$/, LAST);
    const rows = await this.events.list(before, limit, wanted);
    return { audit_events: rows, ...cursorAfter(rows, limit, ({ id }) => id) };
  }
}

/** The greatest bigint of PostgreSQL. */
const LAST = '9223372036854775807';
