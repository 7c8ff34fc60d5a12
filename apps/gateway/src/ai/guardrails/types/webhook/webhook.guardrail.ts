import { randomUUID } from 'node:crypto';
import type { FieldFault } from '@gatehouse/http';
import { traceHeaders } from '@gatehouse/observability';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG, type Config } from '../../../../config.js';
import { publicUrlFault } from '../../../../upstreams/public-url.js';
import { connections, seconds } from '../../../../upstreams/transport-definition.js';
import { upstreamUrl } from '../../../../upstreams/upstream-definition.js';
import type { Upstream } from '../../../../upstreams/upstream.js';
import { Upstreams } from '../../../../upstreams/upstreams.service.js';
import { parseObject } from '../../../../wire/json.js';
import {
  AiGuardrail,
  type AiGuardrailType,
  type Judged,
  type JudgingGuardrail,
  type Verdict,
} from '../../ai-guardrail.js';
import { CollectedAnswer } from '../collected-answer.js';
import { secretBytes, signWebhook } from '../../../../wire/sign-webhook.js';

const settings = z.strictObject({
  url: upstreamUrl.describe('Is asked by POST'),
  secret: z
    .string()
    .max(200)
    .refine(
      (secret) => secretBytes(secret) !== undefined,
      'must be whsec_ and 24 to 64 bytes in base64, as Standard Webhooks has it',
    )
    .describe('Signs requests. Encrypted, and never shown'),
  timeout: seconds(0.05, 60).default(5).describe('For the whole answer'),
  on_failure: z
    .enum(['block', 'allow'])
    .default('block')
    .describe('What becomes of a call of which it says nothing that can be understood'),
});

type Webhook = z.output<typeof settings>;

const answerBody = z.object({
  action: z.enum(['allow', 'block', 'mask']),
  texts: z.array(z.string()).optional(),
});

const CONNECTIONS = connections.parse({ max: 256, idle_timeout: 30 });
/** Beside the texts, which it may send back. */
const ENVELOPE = 65_536;
/** What JSON makes of a sign at most. */
const ESCAPED = 6;

const logger = new Logger('AI');

/** `{"type": "webhook"}`: a server of the operator's own judges. */
@Injectable()
@AiGuardrail('webhook')
export class WebhookGuardrail implements AiGuardrailType<Webhook> {
  readonly settings: z.ZodType<Webhook> = settings;
  readonly secrets: readonly string[] = ['secret'];

  constructor(
    private readonly upstreams: Upstreams,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  faults({ url }: Webhook): FieldFault[] {
    const detail = publicUrlFault(url, this.config);
    return detail === undefined ? [] : [{ pointer: '/url', detail }];
  }

  make(made: Webhook): JudgingGuardrail {
    const upstream = this.upstreamOf(made);
    return {
      judge: async (texts, judged) => {
        try {
          return await ask(upstream, made, texts, judged);
        } catch (error) {
          logger.warn(
            `The guardrail webhook at ${new URL(made.url).host} failed: ${(error as Error).message}`,
          );
          return { passes: made.on_failure === 'allow' };
        }
      },
    };
  }

  private upstreamOf({ url, timeout }: Webhook): Upstream {
    const { origin } = new URL(url);
    const timeouts = { connect: timeout, response: timeout, idle: timeout };
    const transport = { tls: undefined, http2: undefined, connections: CONNECTIONS, timeouts };
    return this.upstreams.at(origin, transport);
  }
}

/** @throws Error where it says nothing that can be understood */
async function ask(
  upstream: Upstream,
  { url, secret, timeout }: Webhook,
  texts: readonly string[],
  { call, on, operation, dialect, model }: Judged,
): Promise<Verdict> {
  const { pathname, search } = new URL(url);
  const about = { on, operation, dialect, model, route: call.route.name, call_id: call.id };
  const body = Buffer.from(JSON.stringify({ ...about, texts }));
  const headers = Object.entries({
    'content-type': 'application/json',
    'accept-encoding': 'identity',
    'user-agent': 'gatehouse',
    'x-request-id': call.id,
    ...signWebhook(secret, randomUUID(), new Date(), body),
    ...traceHeaders(),
  }).flat();
  const answer = new CollectedAnswer(timeout, ENVELOPE + body.length * ESCAPED);
  const { tries, upstream: named, target } = call;
  upstream.send({ call, method: 'POST', path: pathname + search, headers, body }, answer);
  const { status, body: said } = await answer.whole.finally(() => {
    // What is known of the call is what is known of the answer.
    Object.assign(call, { tries, upstream: named, target });
  });
  if (status !== 200) throw new Error(`it answered ${status}`);
  return verdictOf(said, texts.length);
}

function verdictOf(said: Buffer, count: number): Verdict {
  const { success, data } = answerBody.safeParse(parseObject(said.toString()));
  if (!success) throw new Error('it did not answer as it must');
  if (data.action === 'allow') return { passes: true };
  if (data.action === 'block') return { passes: false };
  if (data.texts?.length !== count)
    throw new Error('it did not answer with as many texts as it was asked about');
  return { passes: false, texts: data.texts };
}
