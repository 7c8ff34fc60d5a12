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
import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../../admin/admin-api.js';
import { type AccountRow, AccountStore } from './account-store.service.js';
import { Accounts } from './accounts.service.js';
import { OAuthServers } from './oauth-servers.service.js';
import { RegisteredClients } from './registered-clients.service.js';

const text = z.string().min(1).max(2_048).optional();
const filter = z.strictObject({
  server: text.describe('The name of an MCP server'),
  issuer: text.describe('Who says who the user is: a URL'),
  subject: text.describe('The user, as the issuer names them'),
});
const account = z.object({
  id: z.uuid(),
  server: z.string(),
  issuer: z.string(),
  subject: z.string(),
  scope: z.string().optional(),
  connected_at: z.iso.datetime(),
  renewed_at: z.iso.datetime(),
});

/** `/admin/v1/mcp-accounts`: accounts that users connected at MCP servers. Nobody sees a token. */
@Controller('admin/v1/mcp-accounts')
@AdminApi()
export class AccountsController {
  constructor(
    private readonly store: AccountStore,
    private readonly accounts: Accounts,
    private readonly servers: OAuthServers,
    private readonly clients: RegisteredClients,
  ) {}

  @Get()
  @Documented({
    summary: 'List accounts of users at MCP servers',
    query: pageQuery.extend(filter.shape),
    answer: z.object({ mcp_accounts: z.array(account), ...nextCursor }),
  })
  async list(@Query() query: unknown) {
    const { cursor, limit, ...wanted } = parse(pageQuery.extend(filter.shape), query);
    const rows = await this.store.list(wanted, readCursor(cursor, UUID, FIRST_UUID), limit);
    return { mcp_accounts: rows.map(shown), ...cursorAfter(rows, limit, ({ id }) => id) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Documented({ summary: 'Disconnect an account' })
  async delete(@Param('id') id: string): Promise<void> {
    const row = UUID.test(id) ? await this.store.read(id) : undefined;
    if (!row) throw new Problem(404, 'There is no account with this id.');
    await this.disconnect(row);
  }

  /** Of a server also what the gateway is registered as where its accounts are: it registers anew. */
  @Delete()
  @HttpCode(204)
  @Documented({ summary: 'Disconnect all accounts of a server or a user', query: filter })
  async deleteAll(@Query() query: unknown): Promise<void> {
    const wanted = parse(filter, query);
    if (Object.values(wanted).every((one) => one === undefined)) {
      throw new Problem(422, 'Some members of the request cannot be used.', {
        errors: [{ pointer: '/server', detail: 'is needed, or issuer, or subject' }],
      });
    }
    for (;;) {
      const rows = await this.store.list(wanted, FIRST_UUID, 100);
      if (rows.length === 0) break;
      for (const row of rows) await this.disconnect(row);
    }
    const { server, issuer, subject } = wanted;
    if (server !== undefined && issuer === undefined && subject === undefined)
      await this.clients.forget(server);
  }

  private disconnect({ server, issuer, subject }: AccountRow): Promise<void> {
    return this.accounts.disconnect({ issuer, subject }, this.servers.get(server) ?? server);
  }
}

function shown({ connectedAt, renewedAt, scope, ...row }: AccountRow) {
  return {
    ...row,
    ...(scope !== null && { scope }),
    connected_at: connectedAt.toISOString(),
    renewed_at: renewedAt.toISOString(),
  };
}
