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
import { Body, Delete, Get, Header, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { Audit } from '../audit/audit.service.js';
import { type InitialAccessToken, InitialAccessTokens } from './initial-access-tokens.service.js';

const DAY_S = 86_400;

const names = z.array(z.string().min(1).max(200)).max(100);

const newToken = z.object({
  note: z.string().max(200).default('').describe('who it is for'),
  uses: z.int().min(1).max(1_000_000).default(1).describe('how many clients it registers'),
  expires_in: z
    .int()
    .min(1)
    .max(365 * DAY_S)
    .default(DAY_S)
    .describe('seconds'),
  grant_types: names.optional().describe('default: those by which a person agrees'),
  scopes: names.optional().describe('default: every scope that a person can agree to'),
});

const token = z.object({
  id: z.string(),
  note: z.string(),
  uses_left: z.int(),
  grant_types: names.optional(),
  scopes: names.optional(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});

/** `/admin/v1/initial-access-tokens`: lets others register clients (RFC 7591 §1.2). */
@AdminApi('initial-access-tokens')
export class InitialAccessTokensController {
  constructor(
    private readonly tokens: InitialAccessTokens,
    private readonly audit: Audit,
  ) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @Documented({
    summary: 'Make an initial access token; this answer alone shows it',
    body: newToken,
    answer: token.extend({ initial_access_token: z.string() }),
  })
  async create(@Body() body: unknown) {
    const { note, uses, expires_in: lifetimeS, grant_types: grantTypes, scopes } = parse(newToken, body);
    const created = await this.tokens.create({ note, uses, lifetimeS, grantTypes, scopes });
    this.audit.record({ type: 'initial_access_token.created', detail: { id: created.row.id, note, uses } });
    return { ...tokenBody(created.row), initial_access_token: created.token };
  }

  @Get()
  @Documented({
    summary: 'List initial access tokens',
    query: pageQuery,
    answer: z.object({ initial_access_tokens: z.array(token), ...nextCursor }),
  })
  async list(@Query() query: unknown) {
    const { cursor, limit } = parse(pageQuery, query);
    const rows = await this.tokens.list(readCursor(cursor, UUID, FIRST_UUID), limit);
    return { initial_access_tokens: rows.map(tokenBody), ...cursorAfter(rows, limit, ({ id }) => id) };
  }

  @Delete(':id')
  @HttpCode(204)
  @Documented({ summary: 'End an initial access token; what it registered stays' })
  async delete(@Param('id') id: string): Promise<void> {
    if (!UUID.test(id) || !(await this.tokens.delete(id))) {
      throw new Problem(404, 'There is no initial access token with this id.');
    }
    this.audit.record({ type: 'initial_access_token.deleted', detail: { id } });
  }
}

function tokenBody(row: InitialAccessToken) {
  return {
    id: row.id,
    note: row.note,
    uses_left: row.usesLeft,
    ...(row.grantTypes ? { grant_types: [...row.grantTypes] } : {}),
    ...(row.scopes ? { scopes: [...row.scopes] } : {}),
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt.toISOString(),
  };
}
