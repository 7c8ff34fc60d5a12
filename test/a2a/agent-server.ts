import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { AgentCard, formatSSEEvent, Message, Task } from '@a2a-js/sdk';
import { LegacyJsonRpcTransportHandler } from '@a2a-js/sdk/compat/v0_3/server';
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  InMemoryTaskStore,
  JsonRpcTransportHandler,
  ServerCallContext,
} from '@a2a-js/sdk/server';

/** What an agent was sent: each request, oldest first. */
export interface AgentRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** An agent of `@a2a-js/sdk` that runs until it is stopped. */
export interface RunningAgent {
  readonly url: string;
  readonly received: AgentRequest[];
  /** Its card of A2A 1.0, as it is sent. */
  card: Record<string, unknown>;
  /** Lets a stream that is held go on. */
  release: () => void;
  /** Resolves when a caller of a held stream has gone. */
  readonly left: Promise<void>;
  /** Answers in place of the agent. */
  instead: ((response: http.ServerResponse) => void) | undefined;
  stop(): Promise<void>;
}

export const SKILLS = ['search', 'book', 'internal-audit'].map((id) => ({
  id,
  name: id,
  description: id,
  tags: ['test'],
}));

/** A signed card with security of its own, which no caller of the gateway could use. */
function cardAt(url: string): Record<string, unknown> {
  return {
    name: 'Travel',
    description: 'Books journeys',
    version: '1.0.0',
    supportedInterfaces: [
      { url: `${url}/rpc`, protocolBinding: 'JSONRPC', protocolVersion: '1.0' },
      { url: `${url}/rpc`, protocolBinding: 'JSONRPC', protocolVersion: '0.3' },
      { url: `${url}/rest`, protocolBinding: 'HTTP+JSON', protocolVersion: '1.0' },
    ],
    provider: { organization: 'Travel Inc.', url: 'https://travel.example' },
    iconUrl: 'javascript:alert(1)',
    capabilities: { streaming: true, pushNotifications: true, extendedAgentCard: true },
    securitySchemes: { own: { apiKeySecurityScheme: { location: 'header', name: 'x-key' } } },
    securityRequirements: [{ schemes: { own: { list: [] } } }],
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: SKILLS,
    signatures: [{ protected: 'e30', signature: 'AAAA' }],
  };
}

/** The same in the words of A2A 0.3.0. */
export function legacyCard(url: string): Record<string, unknown> {
  const { supportedInterfaces: _, securityRequirements: __, securitySchemes: ___, ...rest } = cardAt(url);
  return {
    ...rest,
    protocolVersion: '0.3.0',
    url: `${url}/rpc`,
    preferredTransport: 'JSONRPC',
    additionalInterfaces: [{ url: `${url}/rest`, transport: 'HTTP+JSON' }],
    capabilities: { streaming: true, pushNotifications: true },
    supportsAuthenticatedExtendedCard: true,
    securitySchemes: { own: { type: 'apiKey', in: 'header', name: 'x-key' } },
    security: [{ own: [] }],
  };
}

/** What the agent knows of its caller. */
const GATEWAY = { isAuthenticated: true, userName: 'gateway' };

const text = (value: string) => ({ text: value });

/** `hold` makes a task that goes on when it is released; anything else is repeated. */
function executor(released: () => Promise<void>): AgentExecutor {
  return {
    async execute({ userMessage, taskId, contextId }, bus) {
      const said = JSON.stringify(Message.toJSON(userMessage));
      if (!said.includes('hold')) {
        const reply = {
          messageId: 'reply',
          contextId,
          role: 'ROLE_AGENT',
          parts: [text(`You said ${said}`)],
        };
        bus.publish(AgentEvent.message(Message.fromJSON(reply)));
        return bus.finished();
      }
      const task = (state: string) =>
        Task.fromJSON({ id: taskId, contextId, status: { state: `TASK_STATE_${state}` } });
      bus.publish(AgentEvent.task(task('WORKING')));
      await released();
      const { status } = task('COMPLETED');
      bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status, metadata: undefined }));
      bus.finished();
    },
    cancelTask: () => Promise.resolve(),
  };
}

export async function startAgent(isLegacy = false): Promise<RunningAgent> {
  const received: AgentRequest[] = [];
  let leave!: () => void;
  const left = new Promise<void>((resolve) => (leave = resolve));
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('close', () => !response.writableFinished && leave());
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen = { method, url, headers, body: Buffer.concat(chunks).toString() };
      received.push(seen);
      if (agent.instead) return agent.instead(response);
      if (method === 'GET') {
        return void response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(JSON.stringify(isLegacy ? legacyCard(agent.url) : agent.card));
      }
      answer(seen, response).catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const released = () => new Promise<void>((resolve) => (agent.release = resolve));
  const card = cardAt(url);
  const extended = { ...card, skills: [...SKILLS, { ...SKILLS[0], id: 'extra' }] };
  const handler = new DefaultRequestHandler(
    AgentCard.fromJSON(card),
    new InMemoryTaskStore(),
    executor(released),
    undefined,
    undefined,
    undefined,
    AgentCard.fromJSON(extended),
  );
  const [current, legacy] = [
    new JsonRpcTransportHandler(handler),
    new LegacyJsonRpcTransportHandler(handler),
  ];
  async function answer({ headers, body }: AgentRequest, response: http.ServerResponse): Promise<void> {
    const requestedVersion = (headers['a2a-version'] as string | undefined) ?? '0.3';
    const transport = requestedVersion === '0.3' ? legacy : current;
    const got = await transport.handle(body, new ServerCallContext({ requestedVersion, user: GATEWAY }));
    if (!(Symbol.asyncIterator in got)) {
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(got));
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for await (const event of got as AsyncIterable<object>) response.write(formatSSEEvent(event as never));
    response.end();
  }
  const agent: RunningAgent = {
    url,
    received,
    card,
    release: () => undefined,
    left,
    instead: undefined,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return agent;
}
