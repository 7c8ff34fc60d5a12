import type { IncomingHttpHeaders } from 'node:http';

/** Who calls, as the gateway says; it lets no caller set these headers itself. */
export interface Caller {
  subject?: string;
  client?: string;
  scope?: string;
  name?: string;
  email?: string;
  username?: string;
}

const MEMBERS = ['subject', 'client', 'scope', 'name', 'email', 'username'] as const;

/** Reads the gateway's identity headers (`x-gatehouse-subject` …); what is absent stays absent. */
export function callerOf(headers: IncomingHttpHeaders): Caller {
  const caller: Caller = {};
  for (const member of MEMBERS) {
    const value = headers[`x-gatehouse-${member}`];
    if (typeof value === 'string' && value !== '') caller[member] = decode(value);
  }
  return caller;
}

/** The gateway writes what isn't ASCII as percent-encoded UTF-8. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
