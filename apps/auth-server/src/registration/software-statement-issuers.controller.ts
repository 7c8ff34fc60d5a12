import { parse, Problem } from '@gatehouse/http';
import { Body, Delete, Get, HttpCode, Param, Put } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { Audit } from '../audit/audit.service.js';
import { Documented } from '../openapi/documented.js';

const jwks = z.object({
  keys: z
    .array(
      z.looseObject({ kty: z.enum(['RSA', 'EC', 'OKP']), d: z.never('must be a public key').optional() }),
    )
    .min(1)
    .max(20),
});
const trust = z.object({ jwks });
const issuer = z.object({ issuer: z.string(), jwks });

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
    const rows = await this.database.query<object[]>(
      'SELECT issuer, jwks FROM auth.software_statement_issuer ORDER BY issuer LIMIT 1000',
    );
    return { software_statement_issuers: rows };
  }

  @Put(':issuer')
  @Documented({ summary: 'Trust the software statements of an issuer', body: trust, answer: issuer })
  async put(@Param('issuer') name: string, @Body() body: unknown) {
    if (name.length > 2_048) throw new Problem(422, 'The issuer is longer than 2048 characters.');
    const { jwks: keys } = parse(trust, body);
    await this.database.query(
      `INSERT INTO auth.software_statement_issuer (issuer, jwks) VALUES ($1, $2)
       ON CONFLICT (issuer) DO UPDATE SET jwks = excluded.jwks`,
      [name, JSON.stringify(keys)],
    );
    this.audit.record({ type: 'software_statement_issuer.changed', detail: { issuer: name } });
    return { issuer: name, jwks: keys };
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
