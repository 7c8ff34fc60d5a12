import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';

/** Milliseconds an outbound call may be silent, or take when it is made by `fetch`. */
export const TIMEOUT_MS = 5000;

/** passport-oauth2 has no timeout of its own: this agent ends a connection that is silent for too long. */
export function timedAgent(url: string): http.Agent {
  const agent = url.startsWith('https:') ? new https.Agent() : new http.Agent();
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback): Duplex | null | undefined => {
    const socket = connect(options, callback) as Socket;
    socket.setTimeout(TIMEOUT_MS, () =>
      socket.destroy(new Error('the authorization server does not answer')),
    );
    return socket;
  };
  return agent;
}
