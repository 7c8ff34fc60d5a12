import {
  cursorAfter,
  Documented,
  FIRST_UUID,
  nextCursor,
  pageQuery,
  readCursor,
  UUID,
} from '@gatehouse/admin';
import { fetchedUri, publicJwks } from '@gatehouse/client';
import { parse, Problem } from '@gatehouse/http';
import { formatScope, parseScope } from '@gatehouse/token';
import { Body, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { Audit } from '../audit/audit.service.js';
import { CONFIG, type Config } from '../config.js';
import { OPENID_SCOPES, OPERATOR_SCOPES } from '../resources/resources.service.js';
import { SUBJECT_MAPPINGS, type TrustedIssuer } from './trusted-issuer.entity.js';
import { type TrustedIssuerMembers, TrustedIssuers } from './trusted-issuers.service.js';

const names = z.array(z.string().min(1).max(500)).max(10_000);
const NEVER = new Set([...Object.keys(OPENID_SCOPES), ...OPERATOR_SCOPES]);

const members = z.object({
  issuer: z.string().min(1).max(2_048).describe('the iss of its assertions'),
  jwks: publicJwks.optional(),
  jwks_uri: fetchedUri.optional(),
  subject_mapping: z
    .enum(SUBJECT_MAPPINGS)
    .default('own')
    .describe('whom sub means: a user by name or id, or somebody of its own'),
  subjects: names.optional().describe('those it may speak for; absent: any'),
  scope: z.string().max(4_096).default('').describe('what its assertions can be exchanged for, at most'),
  client_ids: names
    .optional()
    .describe('clients that may bring its assertions; absent: any of the grant type'),
});

const checkedMembers = members.superRefine((value, context) => {
  const fault = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if ((value.jwks === undefined) === (value.jwks_uri === undefined))
    fault('jwks', 'give jwks or jwks_uri, and not both');
  const scopes = parseScope(value.scope);
  if (!scopes) return fault('scope', 'must be scope tokens separated by single spaces (RFC 6749 §3.3)');
  const never = scopes.find((one) => NEVER.has(one));
  if (never !== undefined) fault('scope', `${never} cannot be had by an assertion`);
});

const answer = members.extend({ id: z.string(), created_at: z.iso.datetime() });

/** `/admin/v1/trusted-issuers`: whose JWTs clients may exchange for access tokens (RFC 7523 §2.1). */
@AdminApi('trusted-issuers')
export class TrustedIssuersController {
  constructor(
    private readonly issuers: TrustedIssuers,
    private readonly audit: Audit,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @Documented({ summary: 'Trust an issuer of assertions', body: members, answer })
  async create(@Body() body: unknown) {
    const created = await this.issuers.create(this.members(body));
    if (!created) throw new Problem(409, 'There is a trusted issuer of this name already.');
    this.audit.record({ type: 'trusted_issuer.created', detail: { issuer: created.issuer } });
    return bodyOf(created);
  }

  @Get()
  @Documented({
    summary: 'List trusted issuers',
    query: pageQuery,
    answer: z.object({ trusted_issuers: z.array(answer), ...nextCursor }),
  })
  async list(@Query() query: unknown) {
    const { cursor, limit } = parse(pageQuery, query);
    const rows = await this.issuers.list(readCursor(cursor, UUID, FIRST_UUID), limit);
    return { trusted_issuers: rows.map(bodyOf), ...cursorAfter(rows, limit, ({ id }) => id) };
  }

  @Get(':id')
  @Documented({ summary: 'Read a trusted issuer', answer })
  async read(@Param('id') id: string) {
    return bodyOf(await this.existing(id));
  }

  @Put(':id')
  @Documented({ summary: 'Replace what a trusted issuer may do; its name stays', body: members, answer })
  async replace(@Param('id') id: string, @Body() body: unknown) {
    const changed = await this.issuers.replace(await this.existing(id), this.members(body));
    this.audit.record({ type: 'trusted_issuer.changed', detail: { issuer: changed.issuer } });
    return bodyOf(changed);
  }

  @Delete(':id')
  @HttpCode(204)
  @Documented({ summary: 'Trust an issuer no more' })
  async delete(@Param('id') id: string): Promise<void> {
    const { issuer } = await this.existing(id);
    await this.issuers.delete(id);
    this.audit.record({ type: 'trusted_issuer.deleted', detail: { issuer } });
  }

  private members(body: unknown): TrustedIssuerMembers {
    const value = parse(checkedMembers, body);
    if (value.issuer === this.config.issuer) {
      throw new Problem(422, 'Some members of the request cannot be used.', {
        errors: [{ pointer: '/issuer', detail: 'is this server itself' }],
      });
    }
    return {
      issuer: value.issuer,
      jwks: value.jwks ?? null,
      jwksUri: value.jwks_uri ?? null,
      subjectMapping: value.subject_mapping,
      subjects: value.subjects ?? null,
      scopes: parseScope(value.scope)!,
      clientIds: value.client_ids ?? null,
    };
  }

  private async existing(id: string): Promise<TrustedIssuer> {
    const found = UUID.test(id) ? await this.issuers.find(id) : undefined;
    if (!found) throw new Problem(404, 'There is no trusted issuer with this id.');
    return found;
  }
}

function bodyOf(row: TrustedIssuer) {
  return {
    id: row.id,
    issuer: row.issuer,
    ...(row.jwks ? { jwks: row.jwks } : {}),
    ...(row.jwksUri === null ? {} : { jwks_uri: row.jwksUri }),
    subject_mapping: row.subjectMapping,
    ...(row.subjects ? { subjects: row.subjects } : {}),
    scope: formatScope(row.scopes),
    ...(row.clientIds ? { client_ids: row.clientIds } : {}),
    created_at: row.createdAt.toISOString(),
  };
}
