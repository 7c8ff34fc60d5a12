import { createServer, type Server, type ServerResponse } from 'node:http';
import { StartError } from '@gatehouse/http';
import {
  type DynamicModule,
  Global,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Metrics } from './metrics.js';

export interface MetricsOptions {
  readonly app: string;
  readonly host: string;
  /** The setting that names the port, for the error text when it is taken. */
  readonly portSetting: string;
  /** Unset: requests are not measured, and nothing listens. */
  readonly port: number | undefined;
  /** What a request is counted under; unset: the pattern of the endpoint. */
  readonly routeOf?: (request: FastifyRequest) => string | undefined;
}

const OPTIONS = Symbol('METRICS_OPTIONS');
const UNKNOWN = 'none';

/** Counts requests, and answers Prometheus on a port of its own: what is counted is not for the public. */
@Global()
@Module({})
export class MetricsModule implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Metrics');
  private server: Server | undefined;

  constructor(
    @Inject(OPTIONS) private readonly options: MetricsOptions,
    private readonly metrics: Metrics,
    private readonly adapter: HttpAdapterHost,
  ) {}

  static forRoot(options: MetricsOptions): DynamicModule {
    return {
      module: MetricsModule,
      providers: [
        { provide: OPTIONS, useValue: options },
        { provide: Metrics, useFactory: () => new Metrics(options.app) },
      ],
      exports: [Metrics],
    };
  }

  async onModuleInit(): Promise<void> {
    const { port, host } = this.options;
    if (port === undefined) return;
    this.measureRequests();
    this.server = createServer((request, response) => void this.answer(request.url, response));
    await listen(this.server, port, host).catch((error: Error) => {
      throw new StartError(`${this.options.portSetting}: ${error.message}`);
    });
    this.logger.log(`Prometheus metrics at http://${host}:${port}/metrics`);
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private measureRequests(): void {
    const { routeOf = patternOf } = this.options;
    const fastify = this.adapter.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onResponse', (request, reply, done) => {
      const route = routeOf(request) ?? UNKNOWN;
      this.metrics.observeRequest(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
      done();
    });
  }

  private async answer(url: string | undefined, response: ServerResponse): Promise<void> {
    if (url?.split('?', 1)[0] !== '/metrics') {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('The metrics are at /metrics.\n');
      return;
    }
    const { registry } = this.metrics;
    response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
  }
}

function patternOf(request: FastifyRequest): string | undefined {
  return request.routeOptions.url;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}
