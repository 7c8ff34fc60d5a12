import { randomBytes } from 'node:crypto';
import { cursorAfter, pageQuery, readCursor, withEtag } from '@gatehouse/admin';
import { parse, Problem } from '@gatehouse/http';
import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { termsOf } from '../configuration/config-objects.controller.js';
import { ConfigObjects, type WrittenObject } from '../configuration/config-objects.service.js';
import type { ConfigRow } from '../configuration/config-row.js';
import type { GuardedRequest } from '../guards/protected-api.guard.js';
import { CredentialRotation } from './credential-rotation.service.js';
import type { CredentialDefinition } from './credential-definition.js';

const KIND = 'credentials';

const sentCredential = z.looseObject({ name: z.string().optional() });
const patchedCredential = z.looseObject({});

const MAX_OVERLAP = 30 * 86_400;
const rotation = z.strictObject({
  overlap_seconds: z.int().min(0).max(MAX_OVERLAP).describe('How long the secret before stays good'),
});

/** `/admin/v1/consumers/NAME/credentials`: what a consumer calls with. Its secret is in one answer, and never again. */
@Controller('admin/v1/consumers/:consumer/credentials')
@AdminApi()
export class CredentialsController {
  constructor(
    private readonly objects: ConfigObjects,
    private readonly rotations: CredentialRotation,
  ) {}

  @Post()
  async create(
    @Param('consumer') owner: string,
    @Body() body: unknown,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { name: consumer } = await this.objects.read('consumers', owner);
    const sent = parse(sentCredential, body);
    const name = sent.name ?? `${consumer.slice(0, 54)}-${randomBytes(4).toString('hex')}`;
    const written = await this.objects.create(KIND, { ...sent, name, consumer }, termsOf(request));
    reply.header('location', `/admin/v1/consumers/${consumer}/credentials/${name}`);
    return answer(reply, written);
  }

  @Get()
  async list(@Param('consumer') owner: string, @Query() query: unknown) {
    const { cursor, limit } = parse(pageQuery, query);
    const { name: consumer } = await this.objects.read('consumers', owner);
    const after = readCursor(cursor, /^[^\0]+$/, '');
    const rows = await this.objects.list(KIND, after, limit, (row) => consumerOf(row) === consumer);
    const credentials = rows.map((row) => this.objects.bodyOf(row));
    return { credentials, ...cursorAfter(rows, limit, ({ name }) => name) };
  }

  @Get(':credential')
  async read(
    @Param('consumer') owner: string,
    @Param('credential') credential: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return withEtag(reply, this.objects.bodyOf(await this.find(owner, credential)));
  }

  @Patch(':credential')
  async patch(
    @Param('consumer') owner: string,
    @Param('credential') credential: string,
    @Body() body: unknown,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { id } = await this.find(owner, credential);
    return answer(
      reply,
      await this.objects.patch(KIND, id, parse(patchedCredential, body), termsOf(request)),
    );
  }

  @Delete(':credential')
  @HttpCode(204)
  async delete(
    @Param('consumer') owner: string,
    @Param('credential') credential: string,
    @Req() request: GuardedRequest,
  ): Promise<void> {
    const { id } = await this.find(owner, credential);
    await this.objects.delete(KIND, id, termsOf(request));
  }

  /** Gives it a new secret; the one before stays good for a while. */
  @Post(':credential/rotate')
  @HttpCode(200)
  async rotate(
    @Param('consumer') owner: string,
    @Param('credential') credential: string,
    @Body() body: unknown,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { overlap_seconds: overlap } = parse(rotation, body);
    const { id } = await this.find(owner, credential);
    return answer(reply, await this.rotations.rotate(id, overlap, termsOf(request)));
  }

  private async find(owner: string, idOrName: string): Promise<ConfigRow> {
    const consumer = await this.objects.read('consumers', owner);
    const row = await this.objects.read(KIND, idOrName);
    if (consumerOf(row) === consumer.name) return row;
    throw new Problem(404, 'There is no credential with this id or name.');
  }
}

function consumerOf({ definition }: ConfigRow): string {
  return (definition as CredentialDefinition).consumer;
}

function answer(reply: FastifyReply, { body, shownOnce }: WrittenObject) {
  if (shownOnce) reply.header('cache-control', 'no-store');
  return { ...withEtag(reply, body), ...shownOnce };
}
