import { cursorAfter, Documented, nextCursor, pageQuery, readCursor, withEtag } from '@gatehouse/admin';
import { parse, Problem } from '@gatehouse/http';
import { Body, Delete, Get, HttpCode, Inject, Param, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Audit } from '../audit/audit.service.js';
import { CONFIG, type Config } from '../config.js';
import { resourceSettings } from '../resources/resource-settings.js';
import { OPENID_SCOPES, OPERATOR_SCOPES, ResourcesService } from '../resources/resources.service.js';
import { AdminApi } from './admin-api.js';
import { Preconditions } from './preconditions.service.js';

const scopeName = z
  .string()
  .regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,200}$/, 'must be a scope token (RFC 6749 §3.3)')
  .refine((name) => !(name in OPENID_SCOPES), 'belongs to OpenID Connect')
  .refine((name) => !OPERATOR_SCOPES.has(name), "belongs to this server's own APIs");

const change = resourceSettings.extend({
  scopes: z
    .record(scopeName, z.string().min(1).max(500))
    .refine((scopes) => Object.keys(scopes).length > 0, 'must name at least one scope')
    .refine((scopes) => Object.keys(scopes).length <= 500, 'must name 500 scopes at most')
    .describe('what each scope means, as people read it at consent'),
});
const resource = change.extend({ resource: z.string() });

/** RFC 8707 §2: an absolute URI without a fragment. */
const identifier = z
  .url({ protocol: /^(https?|urn)$/, error: 'must be an absolute URI' })
  .max(500)
  .refine((value) => !value.includes('#'), 'must not have a fragment (RFC 8707 §2)');

/** `/admin/v1/resources/{resource}`: the APIs that tokens are for, by their identifiers (RFC 8707). */
@AdminApi('resources')
export class ResourcesController {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly resources: ResourcesService,
    private readonly preconditions: Preconditions,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Documented({
    summary: 'List resources',
    query: pageQuery,
    answer: z.object({ resources: z.array(resource), ...nextCursor }),
  })
  async list(@Query() query: unknown) {
    const { cursor, limit } = parse(pageQuery, query);
    const names = await this.resources.list(readCursor(cursor, /^[\x21-\x7E]+$/, ''), limit);
    const resources = await Promise.all(names.map((name) => this.existing(name)));
    return { resources, ...cursorAfter(names, limit, (name) => name) };
  }

  @Get(':resource')
  @Documented({ summary: 'Read a resource', answer: resource })
  async read(@Param('resource') name: string, @Res({ passthrough: true }) reply: FastifyReply) {
    return withEtag(reply, await this.existing(name));
  }

  @Put(':resource')
  @Documented({ summary: 'Create a resource, or replace it', body: change, answer: resource })
  async put(
    @Param('resource') name: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.checkName(name);
    const { scopes, ...settings } = parse(change, body);
    await this.preconditions.change(
      request,
      () => this.existing(name),
      async () => {
        await this.resources.put(name, scopes);
        await this.resources.putSettings(name, settings);
      },
    );
    this.audit.record({ type: 'resource.changed', detail: { resource: name } });
    return withEtag(reply, await this.existing(name));
  }

  @Delete(':resource')
  @HttpCode(204)
  @Documented({ summary: 'Delete a resource with its scopes; tokens for it live until they expire' })
  async delete(@Param('resource') name: string): Promise<void> {
    this.checkName(name);
    await this.existing(name);
    await this.resources.delete(name);
    this.audit.record({ type: 'resource.deleted', detail: { resource: name } });
  }

  private async existing(name: string) {
    const found = await this.resources.read(name);
    if (!found) throw new Problem(404, 'There is no such resource.');
    return found;
  }

  private checkName(name: string): void {
    const fault = identifier.safeParse(name).error?.issues[0]?.message;
    if (fault !== undefined) throw invalidName(fault);
    const { issuer, gatewayUrl } = this.config;
    const own = [issuer, `${issuer}/admin/v1`, `${issuer}/internal`, `${gatewayUrl}/admin/v1`];
    if (own.includes(name)) throw new Problem(409, "This is one of Gatehouse's own resources.");
  }
}

function invalidName(detail: string): Problem {
  return new Problem(422, 'The resource cannot be named like this.', {
    errors: [{ pointer: '/resource', detail }],
  });
}
