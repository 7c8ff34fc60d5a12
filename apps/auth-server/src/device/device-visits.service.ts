import { Store } from '@gatehouse/store';
import { type Hash, hashOf, matchesHash, newSecret } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { DeviceRequests, LIFETIME_S, type WaitingDevice } from './device-requests.service.js';

interface Kept {
  readonly device: Hash;
  /** Hash of the secret of the browser in which the code was entered. */
  readonly browser: Hash;
}

/** A code that was entered, while its person signs in and answers: known by its browser alone. */
@Injectable()
export class DeviceVisits {
  constructor(
    @Inject(Store) private readonly store: Store,
    private readonly devices: DeviceRequests,
  ) {}

  async begin({ id: device }: WaitingDevice, browser: string): Promise<string> {
    const id = newSecret();
    const kept: Kept = { device, browser: hashOf(browser) };
    await this.store.set(keyOf(id), JSON.stringify(kept), LIFETIME_S);
    return id;
  }

  /** The device, while it waits; undefined to any other browser. */
  async find(id: string, browser: string | undefined): Promise<WaitingDevice | undefined> {
    const found = await this.store.get(keyOf(id));
    if (found === undefined || browser === undefined) return undefined;
    const kept = JSON.parse(found) as Kept;
    return matchesHash(browser, kept.browser) ? this.devices.find(kept.device) : undefined;
  }
}

function keyOf(id: string): string {
  return `device-visit:${hashOf(id)}`;
}
