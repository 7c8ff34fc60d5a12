/** MCP 2026-07-28, Multi Round-Trip Requests, Supported Requests: what may be answered with a question in turn. */
const MAY_ASK_BACK = new Set(['tools/call', 'resources/read', 'prompts/get']);

export function mayAskBack(method: string): boolean {
  return MAY_ASK_BACK.has(method);
}
