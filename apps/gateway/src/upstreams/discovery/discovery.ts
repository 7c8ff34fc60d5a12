import { Logger } from '@nestjs/common';
import type { DiscoveryDefinition } from '../upstream-definition.js';
import type { Dns, Found, FoundServer } from './dns.service.js';

/** A TTL of nothing must not become a flood of questions. */
const SHORTEST_MS = 1_000;
/** After a failure it is asked again soon. */
const AGAIN_MS = 1_000;

/** The servers that a DNS name stands for, looked at again and again. What was good last is kept while nobody answers. */
export class Discovery {
  readonly key: string;
  /** Settled when there was a first answer, or none could be had. */
  readonly first: Promise<void>;
  /** Why the newest question had no answer. */
  fault: string | undefined;
  private readonly logger = new Logger(Discovery.name);
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  /** What was found last. */
  servers: readonly FoundServer[] = [];

  /** @param port for address records @param changed called when other servers were found than before */
  constructor(
    private readonly definition: DiscoveryDefinition,
    private readonly port: number,
    private readonly dns: Dns,
    private readonly changed: (servers: readonly FoundServer[]) => void,
  ) {
    this.key = Discovery.keyOf(definition, port);
    this.first = this.look();
  }

  /** The same for what needs no other one. */
  static keyOf(definition: DiscoveryDefinition, port: number): string {
    return JSON.stringify([definition, port]);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    let next = AGAIN_MS;
    try {
      const found = await this.ask();
      next = this.next(found.ttl);
      if (this.fault !== undefined) this.logger.log(`${this.definition.name} resolves again`);
      this.fault = undefined;
      this.note(found.servers);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (this.fault === undefined)
        this.logger.warn(`${this.definition.name}: ${message}; its servers stay as they are`);
      this.fault = code ?? message;
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.look(), next).unref();
  }

  private ask(): Promise<Found> {
    const { dns, name } = this.definition;
    return dns === 'srv' ? this.dns.services(name) : this.dns.addresses(name, this.port);
  }

  private next(ttl: number): number {
    const interval = this.definition.interval * 1_000;
    return Math.min(interval, Math.max(SHORTEST_MS, ttl * 1_000));
  }

  private note(servers: readonly FoundServer[]): void {
    if (this.stopped || JSON.stringify(servers) === JSON.stringify(this.servers)) return;
    this.servers = servers;
    this.changed(servers);
  }
}
