import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { EventEmitter, once } from 'node:events';

/** A client's own web server: what the authorization server fetches from it. */
export class ClientSite {
  /** By path; texts as they are, anything else as JSON. */
  readonly documents = new Map<string, unknown>();
  private readonly bodies = new Map<string, string>();
  private readonly arrivals = new EventEmitter();

  private constructor(
    readonly url: string,
    private readonly server: ReturnType<typeof createServer>,
  ) {}

  static async start(): Promise<ClientSite> {
    const server = createServer((request, response) => {
      if (request.method === 'POST') return void site.take(request, response);
      const document = site.documents.get(request.url!);
      if (document === undefined) return void response.writeHead(404).end();
      const isText = typeof document === 'string';
      response.setHeader('content-type', isText ? 'application/oauth-authz-req+jwt' : 'application/json');
      response.end(isText ? document : JSON.stringify(document));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const site = new ClientSite(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    return site;
  }

  /** Publishes a document. @returns its address */
  put(path: string, document: unknown): string {
    this.documents.set(path, document);
    return `${this.url}${path}`;
  }

  /** What was posted there; waits for it. */
  async posted(path: string): Promise<string> {
    for (;;) {
      const body = this.bodies.get(path);
      if (body !== undefined) return body;
      await once(this.arrivals, 'arrival');
    }
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.bodies.set(request.url!, await text(request));
    response.writeHead(200).end();
    this.arrivals.emit('arrival');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }
}
