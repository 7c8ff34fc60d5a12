import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a path of a `DocumentServer` answers. */
export type Documented = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server of the test's own, for what this server fetches from clients. */
export class DocumentServer {
  private readonly answers = new Map<string, Documented>();
  /** Paths in the order in which they were asked for. */
  readonly asked: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<DocumentServer> {
    const server = createServer();
    const documents = new DocumentServer(server);
    server.on('request', (request, response) => {
      documents.asked.push(request.url!);
      const answer = documents.answers.get(request.url!);
      if (answer) answer(request, response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return documents;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  on(path: string, answer: Documented): string {
    this.answers.set(path, answer);
    return this.url + path;
  }

  /** Serves a JSON document; `make` gets its address. */
  json(path: string, make: (url: string) => unknown, headers: Record<string, string> = {}): string {
    return this.on(path, (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(make(this.url + path))),
    );
  }

  count(path: string): number {
    return this.asked.filter((one) => one === path).length;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}
