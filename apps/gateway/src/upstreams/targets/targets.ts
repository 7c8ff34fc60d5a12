import type { TransportDefinition } from '../transport-definition.js';
import type { Address } from './address.js';
import { Target } from './target.js';
import { type Network, Wire } from './wire.js';

/** The targets of one upstream, each for as long as its address is among those of the settings. */
export class Targets {
  private readonly known = new Map<string, Target>();
  private current: readonly Target[] = [];

  constructor(private readonly network: Network) {}

  get all(): readonly Target[] {
    return this.current;
  }

  place(addresses: readonly Address[], transport: TransportDefinition): void {
    const placed = new Map<string, Target>();
    for (const address of addresses) placed.set(keyOf(address), this.targetAt(address, transport));
    for (const [key, target] of this.known) {
      if (placed.has(key)) continue;
      this.known.delete(key);
      target.close();
    }
    this.current = [...placed.values()];
  }

  close(): void {
    this.place([], {});
  }

  private targetAt(address: Address, transport: TransportDefinition): Target {
    const wire = new Wire(address, transport, this.network);
    const key = keyOf(address);
    const existing = this.known.get(key);
    if (existing) {
      existing.weight = address.weight;
      existing.rewire(wire);
      return existing;
    }
    const target = new Target(address, wire);
    // Those that are there from the beginning have nothing to be spared for.
    if (this.current.length > 0) target.upSince = Date.now();
    this.known.set(key, target);
    return target;
  }
}

/** What makes it another server. */
function keyOf({ host, port, basePath, origin }: Address): string {
  return `${origin} ${host}:${port} ${basePath}`;
}
