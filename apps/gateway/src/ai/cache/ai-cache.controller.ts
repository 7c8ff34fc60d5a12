import { parse } from '@gatehouse/http';
import { Controller, Delete, HttpCode, Query } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../../admin/admin-api.js';
import { SealedAnswers } from './sealed-answers.service.js';

const target = z.strictObject({
  route: z.string().max(63).optional(),
  model: z.string().max(128).optional(),
  owner: z.string().max(4_096).optional().describe('Who shares the answers, as user:<subject> or team'),
});

/** `DELETE /admin/v1/ai-cache`: forgets kept answers that fit all that is named; without a name, all. */
@Controller('admin/v1/ai-cache')
@AdminApi()
export class AiCacheController {
  constructor(private readonly answers: SealedAnswers) {}

  @Delete()
  @HttpCode(200)
  async purge(@Query() query: unknown) {
    return { purged: await this.answers.purge(parse(target, query)) };
  }
}
