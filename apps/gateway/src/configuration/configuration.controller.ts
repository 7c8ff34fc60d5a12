import { Documented, demandMatch, etagOf } from '@gatehouse/admin';
import { parse } from '@gatehouse/http';
import { Body, Controller, Get, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { stringify } from 'yaml';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import type { GuardedRequest } from '../guards/protected-api.guard.js';
import { ConfigKinds } from './config-kinds.service.js';
import { termsOf } from './config-objects.controller.js';
import { ConfigurationChanges } from './configuration-changes.service.js';
import { applyDocument, documentOf, summaryOf } from './configuration-document.js';

const query = z.object({
  dry_run: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe('true: nothing is changed, and the answer tells what would be'),
});
const document = z.record(z.string(), z.array(z.looseObject({ name: z.string() })));
const outcome = z.object({
  changes: z.array(
    z.object({
      action: z.enum(['create', 'change', 'delete']),
      kind: z.string(),
      name: z.string(),
      members: z.array(z.string()).optional().describe('the members that a change concerns'),
    }),
  ),
  shown_once: z
    .array(z.looseObject({ kind: z.string(), name: z.string() }))
    .optional()
    .describe('generated secrets, which no other answer has'),
});

/** `/admin/v1/configuration`: everything in one document, as `gatehouse.yaml` has it. */
@Controller('admin/v1/configuration')
@AdminApi()
export class ConfigurationController {
  constructor(
    private readonly changes: ConfigurationChanges,
    private readonly kinds: ConfigKinds,
  ) {}

  @Get()
  @Documented({ summary: 'Export the configuration, as JSON or YAML by Accept', answer: document })
  async export(@Req() request: GuardedRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const exported = documentOf(await this.changes.read(), this.kinds);
    reply.header('etag', etagOf(exported)).header('vary', 'Accept').header('cache-control', 'no-store');
    if (!/\byaml\b/.test(request.headers.accept ?? '')) return exported;
    reply.type('application/yaml');
    return stringify(exported);
  }

  @Put()
  @Documented({
    summary: 'Make each kind that the document names exactly what it says',
    query,
    body: document,
    answer: outcome,
  })
  async apply(
    @Body() body: unknown,
    @Query() parameters: unknown,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { dry_run: dryRun } = parse(query, parameters);
    const { author, ifMatch } = termsOf(request);
    const draft = await this.changes.change(
      author,
      (one) => {
        demandMatch(ifMatch, documentOf(one, this.kinds));
        applyDocument(one, this.kinds, body);
        return one;
      },
      { dryRun },
    );
    const secrets = draft.changes.flatMap(({ after, shownOnce }) =>
      after && shownOnce && !dryRun ? [{ kind: after.kind, name: after.name, ...shownOnce }] : [],
    );
    reply.header('cache-control', 'no-store');
    return {
      changes: draft.changes.map(summaryOf),
      ...(secrets.length > 0 ? { shown_once: secrets } : {}),
    };
  }
}
