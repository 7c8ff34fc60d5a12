import { Readable } from 'node:stream';
import {
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  InvokeModelCommand,
  type InvokeModelCommandInput,
} from '@aws-sdk/client-bedrock-runtime';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

type Credentials = NonNullable<BedrockRuntimeClientConfig['credentials']>;
const KEY = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' };

/** A client that sends nothing, and is answered so. */
function client(contentType: string, answer: Buffer, sent: Sent[] = [], credentials: Credentials = KEY) {
  return new BedrockRuntimeClient({
    region: 'eu-central-1',
    maxAttempts: 1,
    credentials,
    requestHandler: {
      handle: (request: Sent) => {
        sent.push(request);
        const response = {
          statusCode: 200,
          headers: { 'content-type': contentType },
          body: Readable.from([answer]),
        };
        return Promise.resolve({ response: response as never });
      },
    },
  });
}

/** What AWS's own client makes of a request. */
export async function bedrockSends(input: ConverseCommandInput, credentials: Credentials = KEY) {
  const sent: Sent[] = [];
  const answer = Buffer.from(
    '{"output":{"message":{"role":"assistant","content":[]}},"stopReason":"end_turn"}',
  );
  await client('application/json', answer, sent, credentials).send(new ConverseCommand(input));
  return sentAs(sent[0]!);
}

/** What AWS's own client makes of a request to a model by the model's own words. */
export async function bedrockInvokes(input: InvokeModelCommandInput) {
  const sent: Sent[] = [];
  await client('application/json', Buffer.from('{}'), sent).send(new InvokeModelCommand(input));
  return sentAs(sent[0]!);
}

function sentAs({ body, ...request }: Sent) {
  const text = typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array);
  return { ...request, body: text, json: JSON.parse(text) as Record<string, unknown> };
}

/** An answer as AWS's own client reads it. */
export function bedrockReads(body: object): Promise<ConverseCommandOutput> {
  const answer = Buffer.from(JSON.stringify(body));
  return client('application/json', answer).send(new ConverseCommand({ modelId: 'm', messages: [] }));
}

/** A stream as AWS's own client reads it. */
export async function bedrockStreams(stream: Buffer): Promise<ConverseStreamOutput[]> {
  const command = new ConverseStreamCommand({ modelId: 'm', messages: [] });
  const { stream: events } = await client('application/vnd.amazon.eventstream', stream).send(command);
  const read: ConverseStreamOutput[] = [];
  for await (const event of events!) read.push(event);
  return read;
}
