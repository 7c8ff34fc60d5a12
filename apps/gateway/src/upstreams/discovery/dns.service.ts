import { promises as dns } from 'node:dns';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** Answers larger than that are no list of servers any more. */
const MAX_SERVERS = 200;

/** A server that a name stands for. */
export interface FoundServer {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
}

export interface Found {
  readonly servers: readonly FoundServer[];
  /** Seconds for which the answer holds. */
  readonly ttl: number;
}

/** Asks name servers, past the system's resolver and its caches: it tells no TTL and knows no SRV. */
@Injectable()
export class Dns {
  private readonly resolver = new dns.Resolver({ timeout: TIMEOUT_MS, tries: TRIES });

  constructor(@Inject(CONFIG) { dnsServers }: Pick<Config, 'dnsServers'>) {
    if (dnsServers) this.resolver.setServers(dnsServers);
  }

  /** A and AAAA. @throws Error when there is neither, or one is not known: half an answer would take servers away */
  async addresses(name: string, port: number): Promise<Found> {
    const both = await Promise.allSettled([
      this.resolver.resolve4(name, { ttl: true }),
      this.resolver.resolve6(name, { ttl: true }),
    ]);
    const fault = faultOf(both);
    const records = both.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (fault && (records.length === 0 || !isAbsence(fault))) throw fault;
    const servers = records
      .map(({ address }) => ({ address, port, weight: 1 }))
      .sort((a, b) => (a.address < b.address ? -1 : 1))
      .slice(0, MAX_SERVERS);
    return { servers, ttl: Math.min(...records.map(({ ttl }) => ttl)) };
  }

  /** SRV: the servers of the best priority (RFC 2782), and their addresses. @throws Error when there are none */
  async services(name: string): Promise<Found> {
    const records = await this.resolver.resolveSrv(name);
    const best = Math.min(...records.map(({ priority }) => priority));
    const first = records.filter(({ priority }) => priority === best).slice(0, MAX_SERVERS);
    const found = await Promise.all(
      first.map(async ({ name: host, port, weight }) => {
        const { servers, ttl } = await this.addresses(host, port);
        return { servers: servers.map((one) => ({ ...one, weight: weight || 1 })), ttl };
      }),
    );
    return {
      servers: found.flatMap(({ servers }) => servers).slice(0, MAX_SERVERS),
      ttl: Math.min(...found.map(({ ttl }) => ttl)),
    };
  }
}

/** The error of the family that is not merely absent, before that of one that is. */
function faultOf(both: readonly PromiseSettledResult<unknown>[]): Error | undefined {
  const faults = both.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  return faults.find((one) => !isAbsence(one)) ?? faults[0];
}

/** The name servers have answered: there are no such records. */
function isAbsence({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ENODATA' || code === 'ENOTFOUND';
}
