import { Documented } from '@gatehouse/admin';
import { parse, Problem } from '@gatehouse/http';
import { Controller, Get, Ip, Param } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../../admin/admin-api.js';
import { CurrentCaller } from '../../guards/protected-api.js';
import type { Caller } from '../../guards/route-guard.js';
import { AiContentsReader } from './ai-contents-reader.service.js';
import type { Text } from './call-contents.js';

const params = z.strictObject({ id: z.uuid() });

const body = z.object({
  call_id: z.string(),
  at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  route: z.string(),
  operation: z.string(),
  dialect: z.string(),
  model: z.string().nullable(),
  request: z.unknown().describe('As it went to the provider; a text where it was cut'),
  request_is_cut: z.boolean(),
  answer: z.unknown().describe("In the caller's dialect, streams as the answer that they are; null: none"),
  answer_is_cut: z.boolean(),
});

/** `/admin/v1/ai-usage/{id}/contents`: what was said in a call, where its route has it stored. */
@Controller('admin/v1/ai-usage')
@AdminApi()
export class AiContentsController {
  constructor(private readonly reader: AiContentsReader) {}

  @Get(':id/contents')
  @Documented({ summary: 'Read what was said in an AI call, by its id; leaves an audit event', answer: body })
  async read(@Param() param: unknown, @CurrentCaller() caller: Caller | undefined, @Ip() address: string) {
    const { id } = parse(params, param);
    const author = { subject: caller?.subject, clientId: caller?.clientId, address };
    const stored = await this.reader.read(id, author);
    if (!stored) throw new Problem(404, 'No contents of this call are stored, or not any longer.');
    const { callId, at, expiresAt, request, answer, ...about } = stored;
    return {
      call_id: callId,
      at: at.toISOString(),
      expires_at: expiresAt.toISOString(),
      ...about,
      request: valueOf(request),
      request_is_cut: request.isCut,
      answer: answer ? valueOf(answer) : null,
      answer_is_cut: answer?.isCut ?? false,
    };
  }
}

function valueOf({ text }: Text): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
