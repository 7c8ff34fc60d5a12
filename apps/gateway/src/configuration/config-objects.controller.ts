import { cursorAfter, Documented, nextCursor, pageQuery, readCursor, withEtag } from '@gatehouse/admin';
import { parse } from '@gatehouse/http';
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Put,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import type { GuardedRequest } from '../guards/protected-api.guard.js';
import { ConfigKinds, memberOf } from './config-kinds.service.js';
import { ConfigObjects, type WriteTerms, type WrittenObject } from './config-objects.service.js';

/** Stands in the documentation for the schema of each kind. */
export const OBJECT = z.looseObject({ name: z.string() });
/** Stands for the list of each kind. */
export const LIST = z.looseObject(nextCursor);
export const SHOWN = z.looseObject({
  id: z.uuid(),
  name: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

/** `/admin/v1/routes`, `/admin/v1/upstreams` …: each kind of configuration object, all by the same rules. */
@Controller('admin/v1/:kind')
@AdminApi()
export class ConfigObjectsController {
  constructor(
    private readonly objects: ConfigObjects,
    private readonly kinds: ConfigKinds,
  ) {}

  @Post()
  @Documented({ summary: 'Create an object', body: OBJECT, answer: SHOWN })
  async create(
    @Param('kind') kind: string,
    @Body() body: unknown,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.kinds.get(kind);
    const written = await this.objects.create(kind, body, termsOf(request));
    reply.header('location', `/admin/v1/${kind}/${written.body.id}`);
    return answer(reply, written);
  }

  @Get()
  @Documented({ summary: 'List objects', query: pageQuery, answer: LIST })
  async list(@Param('kind') kind: string, @Query() query: unknown) {
    this.kinds.get(kind);
    const { cursor, limit } = parse(pageQuery, query);
    const rows = await this.objects.list(kind, readCursor(cursor, /^[^\0]+$/, ''), limit);
    const bodies = rows.map((row) => this.objects.bodyOf(row));
    return { [memberOf(kind)]: bodies, ...cursorAfter(rows, limit, ({ name }) => name) };
  }

  @Get(':id')
  @Documented({ summary: 'Read an object by id or name', answer: SHOWN })
  async read(
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.kinds.get(kind);
    return withEtag(reply, this.objects.bodyOf(await this.objects.read(kind, id)));
  }

  @Put(':id')
  @Documented({ summary: 'Replace an object', body: OBJECT, answer: SHOWN })
  async replace(
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.kinds.get(kind);
    return answer(reply, await this.objects.replace(kind, id, body, termsOf(request)));
  }

  @Patch(':id')
  @Documented({
    summary: 'Change some members of an object (JSON merge patch, RFC 7396)',
    body: z.looseObject({}),
    answer: SHOWN,
  })
  async patch(
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.kinds.get(kind);
    return answer(reply, await this.objects.patch(kind, id, body, termsOf(request)));
  }

  @Delete(':id')
  @HttpCode(204)
  @Documented({ summary: 'Delete an object that nothing names' })
  async delete(
    @Param('kind') kind: string,
    @Param('id') id: string,
    @Req() request: GuardedRequest,
  ): Promise<void> {
    this.kinds.get(kind);
    await this.objects.delete(kind, id, termsOf(request));
  }
}

function answer(reply: FastifyReply, { body, shownOnce }: WrittenObject) {
  if (shownOnce) reply.header('cache-control', 'no-store');
  return { ...withEtag(reply, body), ...shownOnce };
}

/** What a request to the admin API says of a write. */
export function termsOf({ caller, ip, headers }: GuardedRequest): WriteTerms {
  return {
    author: { subject: caller?.subject, clientId: caller?.clientId, address: ip },
    ifMatch: headers['if-match'],
  };
}
