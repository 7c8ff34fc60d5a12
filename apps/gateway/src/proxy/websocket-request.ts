import { IncomingMessage } from 'node:http';

/**
 * A request of which Node believes that it asks for another protocol only where it asks for WebSocket (RFC 6455 §4.1). All
 * others, the `Upgrade: h2c` of Java's clients among them, are taken as if they had not asked (RFC 9110 §7.8): Node would
 * drop their bodies.
 */
export class RequestOrWebSocket extends IncomingMessage {
  private asked = false;

  get upgrade(): boolean {
    return this.asked && this.method === 'GET' && this.headers.upgrade?.toLowerCase() === 'websocket';
  }

  /** Set by Node, before the headers are there. */
  set upgrade(asked: boolean) {
    this.asked = asked;
  }
}
