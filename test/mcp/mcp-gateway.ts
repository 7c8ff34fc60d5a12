import type { Environment } from '@gatehouse/config';
import { Client, type ClientCapabilities } from '@modelcontextprotocol/client';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Client as HandshakeClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as HandshakeTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';

/** A gateway whose MCP servers may be in this machine. */
export function startMcpGateway(environment: Environment = {}): Promise<LoneGateway> {
  return startLoneGateway({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true', ...environment });
}

type Fields = Record<string, string>;

/** The client of `@modelcontextprotocol/client` 2.4, which speaks 2026-07-28. */
export async function statelessClient(
  url: string,
  headers: Fields = {},
  capabilities: ClientCapabilities = {},
): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { capabilities, versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

/** The client of `@modelcontextprotocol/sdk` 1.32, which speaks 2025-11-25. */
export async function handshakeClient(url: string, headers: Fields = {}): Promise<HandshakeClient> {
  const client = new HandshakeClient({ name: 'test', version: '1.0.0' });
  const transport = new HandshakeTransport(new URL(url), { requestInit: { headers } });
  await client.connect(transport as Parameters<HandshakeClient['connect']>[0]);
  return client;
}

/** What both clients have in common. */
export type AnyClient = Pick<Client, 'close'> & {
  listTools(): Promise<{ tools: { name: string; description?: string | undefined }[] }>;
  callTool(
    params: { name: string; arguments?: Record<string, unknown> },
    ...more: never[]
  ): Promise<Record<string, unknown>>;
  listResources(): Promise<{ resources: { uri: string; name: string; description?: string | undefined }[] }>;
  listResourceTemplates(): Promise<{ resourceTemplates: { uriTemplate: string; name: string }[] }>;
  readResource(params: { uri: string }): Promise<{ contents: Record<string, unknown>[] }>;
  listPrompts(): Promise<{ prompts: { name: string; description?: string | undefined }[] }>;
  getPrompt(params: {
    name: string;
    arguments?: Record<string, string>;
  }): Promise<{ messages: Record<string, unknown>[] }>;
  complete(params: {
    ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string };
    argument: { name: string; value: string };
  }): Promise<{ completion: Record<string, unknown> }>;
  getServerCapabilities(): Record<string, unknown> | undefined;
};

/** Sends one message as it is, in version 2025-11-25 unless the headers say otherwise. */
export function post(url: string, message: unknown, headers: Fields = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2025-11-25',
      ...headers,
    },
    body: typeof message === 'string' ? message : JSON.stringify(message),
  });
}

/** Calls a tool without any client. */
export function callTool(
  url: string,
  name: string,
  headers: Fields = {},
  more: object = {},
): Promise<Response> {
  const params = { name, arguments: {}, ...more };
  return post(url, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }, headers);
}
