import { Store } from '@gatehouse/store';
import { type Hash, hashOf } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import {
  isExpired,
  type PolledAnswer,
  type PolledRequest,
  PolledRequests,
} from '../polling/polled-requests.js';
import { newUserCode } from './user-code.js';

/** Seconds: long enough to find the phone. */
export const LIFETIME_S = 600;
/** Seconds between two polls (RFC 8628 §3.2). */
export const INTERVAL_S = 5;

const TRIES = 5;

/** A device that waits for its person. */
export interface DeviceRequest extends PolledRequest {
  readonly userCode: string;
}

/** A device that waits, found by what the person typed. */
export interface WaitingDevice {
  readonly id: Hash;
  readonly request: DeviceRequest;
}

/** Device authorization requests (RFC 8628 §3.1), by device code for the client and by user code for the person. */
@Injectable()
export class DeviceRequests {
  readonly polled: PolledRequests<DeviceRequest>;

  constructor(@Inject(Store) private readonly store: Store) {
    this.polled = new PolledRequests(store, 'device');
  }

  async begin(request: Omit<DeviceRequest, 'userCode' | 'expiresAt'>) {
    const expiresAt = Math.floor(Date.now() / 1000) + LIFETIME_S;
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const userCode = newUserCode();
      const deviceCode = await this.polled.begin({ ...request, userCode, expiresAt }, INTERVAL_S);
      const isNew = await this.store.add(keyOf(userCode), this.polled.idOf(deviceCode), LIFETIME_S);
      if (isNew) return { deviceCode, userCode };
    }
    throw new Error('No user code is free');
  }

  /** The device that shows this code, unless it was answered or has expired. */
  async findByUserCode(userCode: string): Promise<WaitingDevice | undefined> {
    const id = (await this.store.get(keyOf(userCode))) as Hash | undefined;
    return id === undefined ? undefined : this.find(id);
  }

  async find(id: Hash): Promise<WaitingDevice | undefined> {
    const request = await this.polled.find(id);
    if (!request || isExpired(request) || (await this.polled.isAnswered(id))) return undefined;
    return { id, request };
  }

  /** True for exactly one of several answers; the user code is of no use afterwards. */
  async answer({ id, request }: WaitingDevice, answer: PolledAnswer): Promise<boolean> {
    const counts = await this.polled.answer(id, answer);
    await this.store.delete(keyOf(request.userCode));
    return counts;
  }
}

function keyOf(userCode: string): string {
  return `user-code:${hashOf(userCode)}`;
}
