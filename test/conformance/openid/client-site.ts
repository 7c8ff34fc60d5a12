import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';

/** A client's own web server: what the authorization server fetches from it. */
export class ClientSite {
  /** By path; texts as they are, anything else as JSON. */
  readonly documents = new Map<string, unknown>();

  private constructor(
    readonly url: string,
    private readonly server: ReturnType<typeof createServer>,
  ) {}

  static async start(): Promise<ClientSite> {
    const server = createServer((request, response) => {
      const document = site.documents.get(request.url!);
      if (document === undefined) return void response.writeHead(404).end();
      const text = typeof document === 'string';
      response.setHeader('content-type', text ? 'application/oauth-authz-req+jwt' : 'application/json');
      response.end(text ? document : JSON.stringify(document));
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

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await once(this.server.close(), 'close');
  }
}
