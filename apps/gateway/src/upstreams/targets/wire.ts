import type { LookupFunction } from 'node:net';
import type { NotSwitched, Switched, UpgradeRequest } from '../upstream.js';
import type { TransportDefinition } from '../transport-definition.js';
import { connections, timeouts, tls } from '../transport-definition.js';
import { Connector } from '../transport/connector.js';
import { Http1Transport } from '../transport/http1-transport.js';
import { Http2Transport } from '../transport/http2-transport.js';
import type { TlsFiles } from '../transport/tls-files.service.js';
import type {
  Endpoint,
  Transport,
  TransportLimits,
  TransportTimeouts,
  Witness,
} from '../transport/transport.js';
import { requestUpgrade } from '../transport/upgrade.js';
import type { Address } from './address.js';

/** What every connection needs of the gateway. */
export interface Network {
  readonly files: TlsFiles;
  /** How names are looked up; left out: as the system does. */
  readonly lookup?: LookupFunction;
}

const DEFAULT_TIMEOUTS = timeouts.parse({});
const DEFAULT_CONNECTIONS = connections.parse({});
const DEFAULT_TLS = tls.parse({});

/** How a target is reached and spoken to: everything that makes new connections necessary when it changes. */
export class Wire {
  /** The same for what needs no new connections. */
  readonly key: string;
  readonly http2: boolean;
  readonly basePath: string;
  private readonly endpoint: Endpoint;
  private readonly connector: Connector;
  private readonly timeouts: TransportTimeouts;
  private readonly limits: TransportLimits;

  constructor(address: Address, definition: TransportDefinition, { files, lookup }: Network) {
    const { timeouts: times = DEFAULT_TIMEOUTS, connections: pool = DEFAULT_CONNECTIONS } = definition;
    const secure = address.origin.startsWith('https:')
      ? files.of(definition.tls ?? DEFAULT_TLS, new URL(address.origin).hostname)
      : undefined;
    this.http2 = definition.http2 ?? false;
    this.basePath = address.basePath;
    this.timeouts = { connect: ms(times.connect), response: ms(times.response), idle: ms(times.idle) };
    this.limits = {
      connections: pool.max,
      pending: pool.max_pending,
      pendingMs: ms(pool.pending_timeout),
      idleConnectionMs: ms(pool.idle_timeout),
    };
    this.endpoint = { origin: address.origin, serverName: secure?.serverName ?? '' };
    const { host, port } = address;
    this.connector = new Connector({ host, port, timeoutMs: this.timeouts.connect, tls: secure, lookup });
    const { weight: _, ...place } = address;
    this.key = JSON.stringify([place, times, pool, definition.tls, this.http2]);
  }

  transport(witness: Witness): Transport {
    return this.transportWithin(this.timeouts, this.limits, witness);
  }

  /** A connection apart, which no traffic can occupy. */
  probe(timeoutMs: number, idleConnectionMs: number, witness: Witness): Transport {
    const times = { ...this.timeouts, response: timeoutMs };
    return this.transportWithin(times, { ...this.limits, connections: 1, idleConnectionMs }, witness);
  }

  upgrade({ path, headers, protocol, signal }: UpgradeRequest): Promise<Switched | NotSwitched> {
    const { origin } = this.endpoint;
    const host = headers.includes('host') ? [] : ['host', origin.slice(origin.indexOf('//') + 2)];
    const wire = { headers: [...host, ...headers], path: this.basePath + path, protocol, signal };
    return requestUpgrade(this.connector, wire, this.timeouts.response);
  }

  private transportWithin(times: TransportTimeouts, limits: TransportLimits, witness: Witness): Transport {
    const Kind = this.http2 ? Http2Transport : Http1Transport;
    return new Kind(this.endpoint, this.connector, times, limits, witness);
  }
}

function ms(seconds: number): number {
  return seconds * 1_000;
}
