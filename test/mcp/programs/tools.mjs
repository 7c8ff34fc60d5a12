/** An MCP server by stdio, of `@modelcontextprotocol/sdk`. It writes its pid into the file that is its first argument. */
import { appendFileSync, closeSync } from 'node:fs';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';
import { clearTimeout, setTimeout } from 'node:timers';

const [pidFile, ...args] = process.argv.slice(2);
appendFileSync(pidFile, `${process.pid}\n`);
process.stderr.write('begun\n');

const text = (value) => ({ content: [{ type: 'text', text: value }] });
const tools = {
  echo: ({ value }) => text(value ?? ''),
  told: () => text(JSON.stringify({ env: process.env, args, cwd: process.cwd() })),
  crash: () => process.exit(3),
  garbage: () => {
    process.stdout.write('this is no JSON\n');
    return text('x');
  },
  hush: () => closeSync(1),
  steps: async (_, { sendNotification, _meta }) => {
    for (const progress of [1, 2, 3]) {
      const params = { progressToken: _meta?.progressToken, progress };
      await sendNotification({ method: 'notifications/progress', params });
    }
    return text('done');
  },
  slow: (_, { signal }) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => resolve(text('late')), 30_000);
      signal.addEventListener('abort', () => {
        appendFileSync(pidFile, 'cancelled\n');
        clearTimeout(timer);
        resolve(text('cancelled'));
      });
    }),
};

const server = new McpServer({ name: 'tools', version: '1.0.0' });
for (const [name, run] of Object.entries(tools)) {
  server.registerTool(name, { description: name, inputSchema: { value: z.string().optional() } }, run);
}
await server.connect(new StdioServerTransport());
