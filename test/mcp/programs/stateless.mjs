/** An MCP server by stdio that speaks 2026-07-28 alone: it knows no `initialize`. */
import { createInterface } from 'node:readline';

for await (const line of createInterface({ input: process.stdin })) {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) continue;
  const version = params?._meta?.['io.modelcontextprotocol/protocolVersion'];
  const isKnown = method === 'tools/call' && version === '2026-07-28';
  const result = { resultType: 'complete', content: [{ type: 'text', text: 'stateless' }] };
  const error = { code: -32601, message: 'There is no such method' };
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...(isKnown ? { result } : { error }) })}\n`);
}
