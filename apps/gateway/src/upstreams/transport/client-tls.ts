import type { SecureContext } from 'node:tls';

/** How the gateway speaks TLS to an upstream. */
export interface ClientTls {
  /** Another one when a file has changed: connections that are made from then on use it. */
  readonly context: SecureContext;
  /** Grows with each change of the files: connections of before are not used any more. */
  readonly version: number;
  /** Whether the server's certificate is checked. Only an explicit setting turns it off. */
  readonly verify: boolean;
  /** What the server's certificate has to be for, and what is sent as SNI. */
  readonly serverName: string;
}
