import proxyAddr from '@fastify/proxy-addr';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Call } from '../../calls/call.js';
import { HOP_BY_HOP } from '../../calls/field-names.js';
import { ReservedFields } from '../../calls/reserved-fields.service.js';
import { Policy, type PolicyHooks, type PolicyType } from '../policy.js';

function settings(reserved: ReservedFields) {
  return z.strictObject({
    header: z
      .string()
      .max(100)
      .regex(/^[a-z0-9-]+$/, 'must be a field name in lower case')
      .refine(
        (name) => !HOP_BY_HOP.has(name) && !reserved.has(name) && !name.startsWith('content-'),
        'is what the gateway alone says',
      )
      .default('x-correlation-id'),
    trusted: z
      .array(z.string().refine(isNetwork, 'must be an address or a network, such as 10.0.0.0/8'))
      .max(100)
      .default([])
      .describe('Peers whose own id is kept; the ids of all others are replaced'),
  });
}

type RequestIdSettings = z.output<ReturnType<typeof settings>>;

const ID = /^[A-Za-z0-9._~:/+=-]{1,128}$/;

/** `{"type": "request_id", "header": "x-correlation-id", "trusted": ["10.0.0.0/8"]}`: an id that goes along in both directions. */
@Injectable()
@Policy('request_id')
export class RequestIdPolicy implements PolicyType<RequestIdSettings> {
  readonly settings: z.ZodType<RequestIdSettings>;

  constructor(reserved: ReservedFields) {
    this.settings = settings(reserved);
  }

  create({ header, trusted }: RequestIdSettings): PolicyHooks {
    const trust = trusted.length > 0 ? proxyAddr.compile([...trusted]) : () => false;
    const idOf = (call: Call): string => {
      const sent = call.headers[header];
      if (typeof sent !== 'string' || !ID.test(sent)) return call.id;
      return trust(call.raw.socket.remoteAddress ?? '', 0) ? sent : call.id;
    };
    return {
      onRequest: (call, { headers }) => headers.set(header, idOf(call)),
      onResponse: (call, { headers }) => headers.set(header, idOf(call)),
    };
  }
}

function isNetwork(text: string): boolean {
  try {
    proxyAddr.compile([text]);
    return true;
  } catch {
    return false;
  }
}
