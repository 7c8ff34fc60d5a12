import { createSecureContext } from 'node:tls';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Agent, type Dispatcher } from 'undici';
import type { RouteUpstream } from './upstream-definition.js';
import { Connector } from './transport/connector.js';
import { requestUpgrade } from './transport/upgrade.js';
import type { AnswerHandler, Upstream, UpgradeRequest, UpstreamRequest } from './upstream.js';

const CONNECT_TIMEOUT_MS = 3_000;
const HEADERS_TIMEOUT_MS = 60_000;
const IDLE_TIMEOUT_MS = 60_000;
const CONNECTIONS = 256;

/** All upstreams of the configuration. */
@Injectable()
export class Upstreams implements OnApplicationShutdown {
  private readonly agent = new Agent({
    connections: CONNECTIONS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: IDLE_TIMEOUT_MS,
    maxHeaderSize: 65_536,
  });

  of({ url }: RouteUpstream): Upstream {
    if (url === undefined) throw new Error('upstreams by name are not there yet');
    return new SingleServer(this.agent, new URL(url));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.close();
  }
}

class SingleServer implements Upstream {
  readonly name: string;
  private readonly origin: string;
  private readonly basePath: string;
  private readonly connector: Connector;

  constructor(
    private readonly agent: Agent,
    url: URL,
  ) {
    this.origin = url.origin;
    this.name = url.host;
    this.basePath = url.pathname.replace(/\/+$/, '');
    this.connector = new Connector({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80),
      timeoutMs: CONNECT_TIMEOUT_MS,
      tls:
        url.protocol === 'https:'
          ? { context: createSecureContext(), verify: true, serverName: undefined }
          : undefined,
    });
  }

  upgrade({ path, headers, protocol, signal }: UpgradeRequest) {
    const wire = { headers: [...headers, 'host', this.name], path: this.basePath + path, protocol, signal };
    return requestUpgrade(this.connector, wire, HEADERS_TIMEOUT_MS);
  }

  send({ method, path, headers, body }: UpstreamRequest, handler: AnswerHandler): void {
    this.agent.dispatch(
      {
        origin: this.origin,
        path: this.basePath + path,
        method: method as Dispatcher.HttpMethod,
        headers,
        body,
      },
      {
        onConnect: (cancel) => handler.onStart(cancel as (reason: Error) => void),
        onHeaders: (status, raw, resume) => (status < 200 ? true : handler.onHead(status, raw, resume)),
        onData: (chunk) => handler.onData(chunk),
        onComplete: (trailers) => handler.onEnd((trailers as unknown as Buffer[] | null) ?? []),
        onError: (error) => handler.onError(error),
      },
    );
  }
}
