import { z } from 'zod';
import { originPattern } from '../cors/origin-pattern.js';
import { mcpServerName } from './servers/mcp-server-definition.js';

const MIB = 1_024 * 1_024;

/** What becomes of a route's calls where it is an MCP endpoint. */
export const mcpEnd = z.strictObject({
  servers: z
    .array(mcpServerName)
    .min(1)
    .max(50)
    .refine((names) => new Set(names).size === names.length, 'names one of them twice')
    .describe('MCP servers of the configuration whose tools, resources and prompts it has'),
  instructions: z
    .string()
    .min(1)
    .max(10_000)
    .optional()
    .describe('How the tools are meant to be used: clients show it to their model'),
  origins: z
    .array(originPattern)
    .max(50)
    .default([])
    .describe("Web origins whose pages may call, besides the endpoint's own"),
  max_body: z
    .int()
    .min(1_024)
    .max(64 * MIB)
    .default(4 * MIB)
    .describe('Bytes of a request; larger ones get 413'),
});

export type McpEndDefinition = z.output<typeof mcpEnd>;
