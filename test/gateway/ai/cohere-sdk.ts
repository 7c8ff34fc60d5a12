import { CohereClientV2, type Cohere } from 'cohere-ai';

/** A client that sends nothing, and is answered so. */
function client(contentType: string, answer: string, sent: unknown[] = []) {
  return new CohereClientV2({
    token: 'key',
    maxRetries: 0,
    fetch: (_url: unknown, init?: { body?: unknown }) => {
      sent.push(JSON.parse(String(init?.body)));
      return Promise.resolve(new Response(answer, { headers: { 'content-type': contentType } }));
    },
  });
}

/** What Cohere's own client makes of a request. */
export async function cohereSends(request: Cohere.V2ChatRequest): Promise<unknown> {
  const sent: unknown[] = [];
  await client('application/json', '{}', sent).chat(request);
  return sent[0];
}

/** An answer as Cohere's own client reads it. */
export function cohereReads(body: object): Promise<Cohere.V2ChatResponse> {
  return client('application/json', JSON.stringify(body)).chat({ model: 'm', messages: [] });
}

/** A stream as Cohere's own client reads it. */
export async function cohereStreams(stream: string): Promise<Cohere.V2ChatStreamResponse[]> {
  const events = await client('text/event-stream', stream).chatStream({ model: 'm', messages: [] });
  const read: Cohere.V2ChatStreamResponse[] = [];
  for await (const event of events) read.push(event);
  return read;
}
