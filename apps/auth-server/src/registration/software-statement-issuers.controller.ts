import { Documented } from '@gatehouse/admin';
import { publicJwks } from '@gatehouse/client';
import { parse, Problem } from '@gatehouse/http';
import { Body, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { Audit } from '../audit/audit.service.js';

const keys = {
  jwks: publicJwks.optional(),
  jwks_uri: z
    .url({ protocol: /^https?$/ })
    .max(2_048)
    .optional()
    .describe('fetched when it is needed'),
};
const trust = z
  .object(keys)
  .refine(
    ({ jwks, jwks_uri: uri }) => (jwks === undefined) !== (uri === undefined),
    'must have jwks or jwks_uri',
  );
const issuer = z.object({ issuer: z.string(), ...keys });

/** `/admin/v1/software-statement-issuers`: whose software statements count (RFC 7591 §2.3). */
@AdminApi('software-statement-issuers')
export class SoftwareStatementIssuersController {
  constructor(
    @InjectDataSource() private readonly database: DataSource,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Documented({
    summary: 'List the issuers of software statements that are trusted',
    answer: z.object({ software_statement_issuers: z.array(issuer) }),
  })
  async list() {
    const rows = await this.database.query<
      { issuer: string; jwks: object | null; jwks_uri: string | null }[]
    >('SELECT issuer, jwks, jwks_uri FROM auth.software_statement_issuer ORDER BY issuer LIMIT 1000');
    return {
      software_statement_issuers: rows.map(({ issuer: name, jwks, jwks_uri: uri }) => ({
        issuer: name,
        ...(jwks ? { jwks } : {}),
        ...(uri ? { jwks_uri: uri } : {}),
      })),
    };
  }

  @Put(':issuer')
  @Documented({ summary: 'Trust the software statements of an issuer', body: trust, answer: issuer })
  async put(@Param('issuer') name: string, @Body() body: unknown) {
    if (name.length > 2_048) throw new Problem(422, 'The issuer is longer than 2048 characters.');
    const { jwks, jwks_uri: uri } = parse(trust, body);
    await this.database.query(
      `INSERT INTO auth.software_statement_issuer (issuer, jwks, jwks_uri) VALUES ($1, $2, $3)
       ON CONFLICT (issuer) DO UPDATE SET jwks = excluded.jwks, jwks_uri = excluded.jwks_uri`,
      [name, jwks ? JSON.stringify(jwks) : null, uri ?? null],
    );
    this.audit.record({ type: 'software_statement_issuer.changed', detail: { issuer: name } });
    return { issuer: name, ...(jwks ? { jwks } : { jwks_uri: uri }) };
  }

  @Delete(':issuer')
  @HttpCode(204)
  @Documented({ summary: 'Trust an issuer no more; what it vouched for stays registered' })
  async delete(@Param('issuer') name: string): Promise<void> {
    const [, deleted] = await this.database.query<[unknown[], number]>(
      'DELETE FROM auth.software_statement_issuer WHERE issuer = $1',
      [name],
    );
    if (deleted === 0) throw new Problem(404, 'There is no such issuer.');
    this.audit.record({ type: 'software_statement_issuer.deleted', detail: { issuer: name } });
  }
}
