import { traceHeaders } from '@gatehouse/observability';
import type { Upstream } from '../../upstreams/upstream.js';
import { Clock } from '../../wire/clock.js';
import type { JsonObject } from '../../wire/json.js';
import type { Asker } from '../client/asker.js';
import { failureOf, late, refused, unreadable } from '../client/failures.js';
import { PostedAnswer } from '../client/posted-answer.js';
import type { Said } from '../client/said.js';
import { withCredentials } from '../client/with-credentials.js';
import { INVALID_PARAMS } from '../protocol/json-rpc.js';
import type { Backend, ToolCall } from '../servers/backend.js';
import { type Fields, type ServerCredentials, withoutSecrets } from '../servers/server-credentials.js';
import { ArgumentFault } from './encode-parameter.js';
import { type OperationRequest, requestOf } from './operation-request.js';
import { errorResult, type OperationAnswer, resultOf } from './operation-result.js';
import type { OperationTool } from './operation-tool.js';

/** Where an API is, and how it is called. */
export interface ApiPlace {
  readonly upstream: Upstream;
  /** What stands before the paths of the document, without a slash at its end. */
  readonly basePath: string;
  readonly credentials: ServerCredentials;
  /** Seconds for a whole call. */
  readonly timeout: number;
  /** Bytes that are read of an answer. */
  readonly maxAnswer: number;
  /** Bytes of it that become the result. */
  readonly maxResult: number;
}

/** An HTTP API whose operations are tools. */
export class OpenApiBackend implements Backend {
  constructor(
    private readonly tools: ReadonlyMap<string, OperationTool>,
    private readonly place: ApiPlace,
  ) {}

  listTools(): Promise<JsonObject[]> {
    return Promise.resolve([...this.tools].map(([name, { shown }]) => ({ name, ...shown })));
  }

  async *callTool({ name, arguments: args = {} }: ToolCall, asker: Asker): AsyncGenerator<Said> {
    const tool = this.tools.get(name);
    if (tool) yield { is: 'result', result: await this.result(tool, args, asker) };
    else
      yield {
        is: 'error',
        error: { code: INVALID_PARAMS, message: `There is no tool ${JSON.stringify(name)}.` },
      };
  }

  /** MCP 2025-11-25, Error Handling: what is wrong with arguments is a result, which the model reads and mends. */
  private async result(tool: OperationTool, args: unknown, asker: Asker): Promise<JsonObject> {
    const faults = tool.check(args).map(({ pointer, detail }) => `${pointer || '/'} ${detail}`);
    if (faults.length > 0) return errorResult(`The arguments cannot be used: ${faults.join('; ')}.`);
    try {
      const request = requestOf(tool.inputs, args as Record<string, unknown>);
      return resultOf(await this.answer(request, asker), tool, this.place.maxResult);
    } catch (error) {
      if (!(error instanceof ArgumentFault)) throw error;
      return errorResult(`The arguments cannot be used: ${error.message}.`);
    }
  }

  private async answer(request: OperationRequest, asker: Asker): Promise<OperationAnswer> {
    const limit = new AbortController();
    const clock = new Clock(this.place.timeout, () => limit.abort());
    const gone = AbortSignal.any([asker.gone, limit.signal]);
    clock.start();
    let answer: PostedAnswer | undefined;
    let hasBegun = false;
    try {
      const { basePath, upstream, credentials } = this.place;
      const { call } = asker;
      const path = basePath + request.path;
      const asked = await withCredentials(credentials, call.caller, (shown) => {
        const sent = new PostedAnswer(gone);
        upstream.send({ call, ...request, path, headers: headersOf(request, call.id, shown) }, sent);
        return (answer = sent);
      });
      const { status, contentType } = await asked.answer.head;
      hasBegun = true;
      // Whoever calls was let in already: these are the gateway's own credentials.
      if (status === 401) throw refused();
      return { status, contentType, body: hidden(await this.bodyOf(asked.answer), asked.shown) };
    } catch (error) {
      throw gone.aborted ? late() : failureOf(error, hasBegun);
    } finally {
      clock.stop();
      answer?.body.destroy();
    }
  }

  private async bodyOf({ body }: PostedAnswer): Promise<Buffer> {
    const { maxAnswer } = this.place;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxAnswer) throw unreadable(new Error(`it answered more than ${maxAnswer} bytes`));
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

/** What the operation declares goes first: the gateway's own fields stand in its place. */
function headersOf({ headers }: OperationRequest, callId: string, shown: Fields): string[] {
  const own: Record<string, string> = {
    accept: 'application/json, text/*;q=0.9, */*;q=0.5',
    'accept-encoding': 'identity',
    'user-agent': 'gatehouse',
    'x-request-id': callId,
    ...traceHeaders(),
    ...shown,
  };
  const declared = headers.flatMap((name, i) =>
    i % 2 === 0 && !(name in own) ? [name, headers[i + 1]!] : [],
  );
  return [...declared, ...Object.entries(own).flat()];
}

/** An API may repeat the secret that it was shown. */
function hidden(body: Buffer, secrets: Fields): Buffer {
  const text = body.toString('latin1');
  const shown = withoutSecrets(secrets)(text);
  return shown === text ? body : Buffer.from(shown.replaceAll('…', '...'), 'latin1');
}
