import { parse } from '@gatehouse/http';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../../admin/admin-api.js';
import { ResponseCache } from './response-cache.service.js';

const target = z
  .strictObject({
    route: z.string().max(63).optional(),
    url: z
      .string()
      .startsWith('/')
      .max(16_384)
      .optional()
      .describe('Path and query, as the upstream gets them'),
    tag: z.string().min(1).max(200).optional(),
  })
  .refine(
    (one) => Object.values(one).some((value) => value !== undefined),
    'must name a route, a url or a tag',
  );

/** `POST /admin/v1/cache/purge`: forgets stored answers that fit all that is named. */
@Controller('admin/v1/cache')
@AdminApi()
export class CacheController {
  constructor(private readonly cache: ResponseCache) {}

  @Post('purge')
  @HttpCode(200)
  async purge(@Body() body: unknown) {
    return { purged: await this.cache.entries.purge(parse(target, body ?? {})) };
  }
}
