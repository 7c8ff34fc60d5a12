import {
  cursorAfter,
  Documented,
  FIRST_UUID,
  nextCursor,
  pageQuery,
  readCursor,
  UUID,
} from '@gatehouse/admin';
import { parse, Problem } from '@gatehouse/http';
import { Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { Audit } from '../audit/audit.service.js';
import { GrantList, type ListedGrant } from '../grants/grant-list.service.js';
import { GrantsService } from '../grants/grants.service.js';
import { AdminApi } from './admin-api.js';

const filter = pageQuery.extend({
  client_id: z.string().max(500).optional(),
  user_id: z.uuid().optional(),
});
const grant = z.object({
  id: z.uuid(),
  client_id: z.string(),
  client_name: z.string().optional(),
  user_id: z.uuid(),
  scopes: z.array(z.string()),
  resources: z.array(z.string()),
  created_at: z.iso.datetime(),
});

/** `/admin/v1/grants`: what people let clients do. */
@AdminApi('grants')
export class GrantsController {
  constructor(
    private readonly grantList: GrantList,
    private readonly grants: GrantsService,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Documented({
    summary: 'List grants in force, of a client or of a user',
    query: filter,
    answer: z.object({ grants: z.array(grant), ...nextCursor }),
  })
  async list(@Query() query: unknown) {
    const { cursor, limit, client_id: clientId, user_id: userId } = parse(filter, query);
    const rows = await this.grantList.page({ clientId, userId }, readCursor(cursor, UUID, FIRST_UUID), limit);
    return { grants: rows.map(grantBody), ...cursorAfter(rows, limit, ({ id }) => id) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Documented({ summary: 'End a grant, with all its tokens' })
  async delete(@Param('id') id: string): Promise<void> {
    const found = UUID.test(id) ? await this.grants.find(id) : undefined;
    if (!found) throw new Problem(404, 'There is no grant with this id.');
    await this.grants.revoke(id);
    const { clientId, userId } = found;
    this.audit.record({ type: 'grant.revoked', clientId, userId, detail: { grant: id } });
  }
}

function grantBody(row: ListedGrant) {
  return {
    id: row.id,
    client_id: row.clientId,
    ...(row.clientName === null ? {} : { client_name: row.clientName }),
    user_id: row.userId,
    scopes: row.scopes,
    resources: row.resources,
    created_at: row.createdAt.toISOString(),
  };
}
