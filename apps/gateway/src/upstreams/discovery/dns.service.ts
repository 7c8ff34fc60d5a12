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

  /** A and AAAA. @throws Error when neither can be had */
  async addresses(name: string, port: number): Promise<Found> {
    const both = await Promise.allSettled([
      this.resolver.resolve4(name, { ttl: true }),
      this.resolver.resolve6(name, { ttl: true }),
    ]);
    const records = both.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (records.length === 0) throw reasonOf(both);
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

/** The reason of the family that is not merely absent. */
function reasonOf(both: readonly PromiseSettledResult<unknown>[]): Error {
  const reasons = both.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as NodeJS.ErrnoException] : [],
  );
  return reasons.find(({ code }) => code !== 'ENODATA') ?? reasons[0]!;
}
