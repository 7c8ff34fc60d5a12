import { requestLine } from '@gatehouse/http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { type CallObserver, ObservesCalls } from './call-observer.js';
import type { Call } from './call.js';

/** One line for each call, as for each request of the gateway's own endpoints. */
@Injectable()
@ObservesCalls('access_log')
export class AccessLog implements CallObserver, OnModuleInit {
  private write: ReturnType<typeof requestLine>;

  constructor(private readonly host: HttpAdapterHost) {}

  onModuleInit(): void {
    this.write = requestLine(this.host.httpAdapter.getInstance<FastifyInstance>().log as Logger);
  }

  finished(call: Call): void {
    const { id: reqId, method, url, status, ip } = call;
    this.write({ reqId, method, url, status, ms: performance.now() - call.startedAt, ip });
  }
}
