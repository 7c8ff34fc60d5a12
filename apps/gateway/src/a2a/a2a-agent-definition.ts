import { z } from 'zod';
import { scopeToken } from '../consumers/demand-scopes.js';
import { routeLimits } from '../throttling/limit-definition.js';
import { connections, seconds, tls } from '../upstreams/transport-definition.js';
import { upstreamUrl } from '../upstreams/upstream-definition.js';
import { METHODS } from './protocol/methods.js';
import { exchangeAuth, headerAuth, noAuth } from '../mcp/servers/server-auth-definition.js';

const MIB = 1_024 * 1_024;

export const a2aAgentName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _');

const path = z
  .string()
  .max(1_000)
  .regex(/^(?!.*\/\.{1,2}(?:\/|$))\/[!"$->@-~]*$/, 'must begin with a slash, without query and dots');

const skillPatterns = z
  .array(
    z
      .string()
      .regex(/^(?:[!-)+-~]{1,200}\*?|\*)$/, 'must be the id of a skill, or its beginning with * behind it'),
  )
  .max(500);

const rule = z.strictObject({
  methods: z.array(z.enum(METHODS)).min(1).describe('Methods that it is about, by their names of A2A 1.0'),
  scopes: z.array(scopeToken).max(50).default([]).describe('All of them are needed'),
  limits: routeLimits.describe('What callers may use of them; the methods of a rule are counted together'),
});

/** How the gateway shows the agent who calls. The caller's own token is never sent on. */
const auth = z.discriminatedUnion('type', [
  noAuth,
  exchangeAuth,
  headerAuth(/^(?:accept.*|(?:x-)?a2a-.*|user-agent)$/),
]);

const timeouts = z.strictObject({
  connect: seconds(0.01, 60).default(5).describe('For the connection, with TLS and all'),
  response: seconds(0.01, 3_600).default(60).describe('Until the answer begins'),
  idle: seconds(0.01, 86_400).default(300).describe('Between two pieces of an answer'),
  total: seconds(0.01, 86_400).default(3_600).describe('For a whole answer, streams too'),
});

/** An agent that speaks A2A, as it is written and stored. */
export const a2aAgentDefinition = z.strictObject({
  name: a2aAgentName,
  url: upstreamUrl.describe('Where it is: the path of its card, and what its card names, are there'),
  card_path: path
    .default('/.well-known/agent-card.json')
    .describe('Of its card, below `url`; fetched once in 5 minutes at most'),
  endpoint: path
    .optional()
    .describe(
      'The path of its JSON-RPC interface, below `url`; left out: what its card says, at the origin of `url`',
    ),
  auth: auth.default({ type: 'none' }).describe('How the gateway shows who calls'),
  skills: z
    .strictObject({
      allow: skillPatterns.optional().describe('Skills that its card has, by their ids; left out: all'),
      deny: skillPatterns.default([]).describe('Skills that its card has not, whatever allow says'),
    })
    .prefault({}),
  rules: z.array(rule).max(100).default([]).describe('All that name a method count'),
  shared_tasks: z
    .boolean()
    .default(false)
    .describe('Whether ListTasks is passed on where the agent does not get to know who calls'),
  timeouts: timeouts.prefault({}),
  max_answer: z
    .int()
    .min(1_024)
    .max(256 * MIB)
    .default(16 * MIB)
    .describe('Bytes of an answer, or of one event of a stream'),
  tls: tls.optional().describe('For https'),
  http2: z.boolean().optional().describe('Speaks HTTP/2, by ALPN'),
  connections: connections.optional().describe('Left out: 256 at most'),
});

export type A2aAgentDefinition = z.output<typeof a2aAgentDefinition>;
export type AgentRule = A2aAgentDefinition['rules'][number];
