import { withEtag } from '@gatehouse/admin';
import { Problem } from '@gatehouse/http';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AdminApi } from '../admin/admin-api.js';
import { ConfigObjects } from '../configuration/config-objects.service.js';
import { termsOf } from '../configuration/config-objects.controller.js';
import type { GuardedRequest } from '../guards/protected-api.guard.js';
import type { ApiDefinition, ApiState } from './api-definition.js';

const STATES = new Map<string, ApiState>([
  ['publish', 'published'],
  ['deprecate', 'deprecated'],
  ['retire', 'retired'],
]);

/** Characters, as JSON. */
const MAX_DOCUMENT = 2_097_152;

/** What APIs have beside what every kind of configuration object has: a document, and a way through their states. */
@Controller('admin/v1/apis/:id')
@AdminApi()
export class ApisController {
  constructor(private readonly objects: ConfigObjects) {}

  @Get('document')
  async document(@Param('id') id: string) {
    const { definition } = await this.objects.read('apis', id);
    const { document } = definition as ApiDefinition;
    if (!document) throw new Problem(404, 'This API has no document.');
    return document;
  }

  @Put('document')
  async replaceDocument(
    @Param('id') id: string,
    @Body() document: unknown,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    await this.objects.read('apis', id);
    await demandOpenApi(document);
    // A patch would merge it with the one that is there, so that goes first.
    await this.objects.replaceMember('apis', id, 'document', document, termsOf(request));
    return withEtag(reply, this.objects.bodyOf(await this.objects.read('apis', id)));
  }

  @Delete('document')
  @HttpCode(204)
  async deleteDocument(@Param('id') id: string, @Req() request: GuardedRequest): Promise<void> {
    await this.objects.replaceMember('apis', id, 'document', null, termsOf(request));
  }

  @Post(':step')
  @HttpCode(200)
  async change(
    @Param('id') id: string,
    @Param('step') step: string,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const state = STATES.get(step);
    if (!state) throw new Problem(404, 'There is nothing at this address.');
    const { body } = await this.objects.patch('apis', id, { state }, termsOf(request));
    return withEtag(reply, body);
  }
}

/** @throws Problem 422 */
async function demandOpenApi(document: unknown): Promise<void> {
  // Never a text: the validator would take it for the name of a file.
  const isObject = typeof document === 'object' && document !== null && !Array.isArray(document);
  if (isObject && JSON.stringify(document).length > MAX_DOCUMENT) {
    throw new Problem(413, `The document is larger than ${MAX_DOCUMENT} characters.`);
  }
  const result = isObject && (await new Validator().validate(document as Record<string, unknown>));
  if (result && result.valid) return;
  const errors = result && Array.isArray(result.errors) ? result.errors : [];
  throw new Problem(422, 'The document is no OpenAPI document.', {
    errors: errors
      .slice(0, 20)
      .map(({ instancePath, message }) => ({ pointer: instancePath, detail: message ?? 'cannot be used' })),
  });
}
