import { createHmac } from 'node:crypto';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import {
  type AiError,
  AiProvider,
  type Blame,
  type ChatRequest,
  OpenAiShaped,
  type ProviderRequest,
} from '../../../apps/gateway/src/extension.js';

const settings = z.strictObject({
  tenant: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .describe('Who pays'),
});

type Lighthouse = z.output<typeof settings>;

/** `{"type": "lighthouse", "base_url": …, "settings": {"tenant": "red"}}`: the model server of the house. */
@Injectable()
@AiProvider('lighthouse')
export class LighthouseProvider extends OpenAiShaped<Lighthouse> {
  readonly settings: z.ZodType<Lighthouse> = settings;

  override pathOf({ operation, dialect }: ProviderRequest<Lighthouse>): string | undefined {
    return operation === 'chat' && dialect === 'openai' ? '/generate' : undefined;
  }

  /** Its keys sign for a tenant, and are never sent. */
  override headersOf(key: string | undefined, request: ProviderRequest<Lighthouse>): Record<string, string> {
    const { tenant } = request.settings;
    const signature = createHmac('sha256', key ?? '')
      .update(tenant)
      .digest('hex');
    return { 'x-tenant': tenant, 'x-signature': signature };
  }

  /** It lets everybody set `seed`, and minds nobody's. */
  passesOver({ seed, pointers }: ChatRequest): readonly string[] {
    return seed === undefined ? [] : [pointers?.seed ?? '/seed'];
  }

  override blameOf(error: AiError): Blame | undefined {
    return error.code === 'tenant_is_busy' ? 'rate' : super.blameOf(error);
  }
}

@Module({ providers: [LighthouseProvider] })
export class LighthouseModule {}
