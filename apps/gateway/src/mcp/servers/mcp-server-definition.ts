import { z } from 'zod';
import { fieldText } from '../../wire/field-text.js';
import { scopeToken } from '../../consumers/demand-scopes.js';
import { connections, seconds, tls } from '../../upstreams/transport-definition.js';
import { upstreamUrl } from '../../upstreams/upstream-definition.js';
import { openApi } from '../openapi/openapi-definition.js';
import { promptAccess, resourceAccess, toolAccess } from './access-definition.js';
import { exchangeAuth, headerAuth, noAuth, sealed } from './server-auth-definition.js';

const MIB = 1_024 * 1_024;

export const mcpServerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _');

/** Each user connects an account of their own at the authorization server of the server. */
const oauth = z.strictObject({
  type: z.literal('oauth'),
  scopes: z
    .array(scopeToken)
    .max(50)
    .optional()
    .describe('What users are asked to allow; left out: what the server itself says'),
  authorization_server: upstreamUrl
    .optional()
    .describe('The issuer of its authorization server; left out: the one that the server names'),
  client_id: z
    .string()
    .min(1)
    .max(1_024)
    .optional()
    .describe('The gateway at that authorization server; left out: it makes itself known there'),
  client_secret: fieldText
    .optional()
    .describe('Encrypted, and never shown. Left out of a change, it stays as it is'),
  sealed,
});

/** How the gateway shows the server who calls. The caller's own token is never sent on. */
const auth = z.discriminatedUnion('type', [
  noAuth,
  exchangeAuth,
  headerAuth(/^(?:accept.*|mcp-.*|user-agent)$/),
  oauth,
]);

const timeouts = z.strictObject({
  connect: seconds(0.01, 60).default(5).describe('For the connection, with TLS and all'),
  answer: seconds(0.01, 3_600).default(60).describe('Until the answer, or the next message of a stream'),
  total: seconds(0.01, 86_400).default(600).describe('For a whole answer'),
});

/** An MCP server, as it is written and stored. */
export const mcpServerDefinition = z.strictObject({
  name: mcpServerName,
  url: upstreamUrl.optional().describe("Its endpoint; with `openapi`, what the document's paths are below"),
  program: z
    .string()
    .max(63)
    .optional()
    .describe('In place of `url`: a program of GATEHOUSE_MCP_STDIO_FILE, spoken to by stdio'),
  openapi: openApi.optional().describe('It is an HTTP API, whose operations are the tools'),
  transport: z
    .enum(['streamable_http', 'sse'])
    .default('streamable_http')
    .describe('sse: HTTP with SSE, as in MCP 2024-11-05'),
  auth: auth.default({ type: 'none' }).describe('How the gateway shows who calls'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_.-]{0,64}$/, 'must be up to 64 of A-Z, a-z, 0-9, _, . and -')
    .optional()
    .describe('What callers see before the names of its tools and prompts; left out: its name and _'),
  tools: toolAccess.prefault({}),
  resources: resourceAccess.prefault({}),
  prompts: promptAccess.prefault({}),
  timeouts: timeouts.prefault({}),
  max_answer: z
    .int()
    .min(1_024)
    .max(256 * MIB)
    .default(16 * MIB)
    .describe('Bytes of an answer; larger ones get 502'),
  tls: tls.optional().describe('For https'),
  http2: z.boolean().optional().describe('Speaks HTTP/2, by ALPN'),
  connections: connections.optional().describe('Left out: 256 at most'),
});

export type McpServerDefinition = z.output<typeof mcpServerDefinition>;
export type HeaderAuth = Extract<McpServerDefinition['auth'], { type: 'header' }>;
export type OAuthAuth = Extract<McpServerDefinition['auth'], { type: 'oauth' }>;

/** What callers see before the names of a server's tools and prompts. */
export function prefixOf({ name, prefix }: Pick<McpServerDefinition, 'name' | 'prefix'>): string {
  return prefix ?? `${name}_`;
}
