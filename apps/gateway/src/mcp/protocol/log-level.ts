/** MCP, Log Levels, by severity (RFC 5424 §6.2.1). */
const LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const;

export type LogLevel = (typeof LEVELS)[number];

/** What a caller wants to hear of a server's log: from a level on; nothing; or, where it has not said, what the server tells. */
export type WantedLog = LogLevel | 'nothing' | 'unsaid';

export function isLogLevel(level: unknown): level is LogLevel {
  return LEVELS.some((one) => one === level);
}

/** Whether a message of this level is for a caller who wants that. */
export function isWanted(level: unknown, wanted: WantedLog): boolean {
  if (!isLogLevel(wanted)) return wanted === 'unsaid';
  return isLogLevel(level) && LEVELS.indexOf(level) >= LEVELS.indexOf(wanted);
}
