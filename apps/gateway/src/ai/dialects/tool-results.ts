import type { ChatMessage, ToolResultPart } from './chat.js';

/** Results that follow each other are those of one turn. */
export function addToolResult(messages: ChatMessage[], result: ToolResultPart): void {
  const last = messages.at(-1);
  if (last?.role !== 'tool') messages.push({ role: 'tool', parts: [result] });
  // Which was made here. To copy it each time would take the square of the time.
  else (last.parts as ToolResultPart[]).push(result);
}
