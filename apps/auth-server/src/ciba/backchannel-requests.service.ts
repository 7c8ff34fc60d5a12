import { type AtomicScript, Store } from '@gatehouse/store';
import { type Hash, newSecret, SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import {
  isExpired,
  type PolledAnswer,
  type PolledRequest,
  PolledRequests,
} from '../polling/polled-requests.js';

/** Seconds between two polls (OpenID CIBA Core §7.3). */
export const INTERVAL_S = 5;
/** The longest that a request waits. */
export const MAX_LIFETIME_S = 600;

/** Requests of one person that are remembered: more than the limits let begin in the longest lifetime. */
const REMEMBERED = 40;
/** A hash in base64url, and a space. */
const WIDTH = 44;
const CONTEXT = 'auth_req_id';

/** A client that waits for a person who is elsewhere. */
export interface BackchannelRequest extends PolledRequest {
  readonly userId: string;
  readonly bindingMessage?: string | undefined;
  /** What the client wants to be called with when there is an answer (§10.2); sealed, with the `auth_req_id`. */
  readonly notification?: string | undefined;
}

/** A request that waits for its person. */
export interface WaitingRequest {
  readonly id: Hash;
  readonly request: BackchannelRequest;
}

/** What a client is called with. */
export interface Notification {
  readonly authReqId: string;
  readonly token: string;
}

/** Requests that begin at a client and end on a person's page (OpenID CIBA Core §7). */
@Injectable()
export class BackchannelRequests {
  readonly polled: PolledRequests<BackchannelRequest>;
  private readonly box: SecretBox;

  constructor(
    @Inject(Store) private readonly store: Store,
    @Inject(CONFIG) config: Config,
  ) {
    this.polled = new PolledRequests(store, 'ciba');
    this.box = new SecretBox(config.secret, 'backchannel notifications');
  }

  /** @param token with which the client wants to be called @returns the `auth_req_id` */
  async begin(request: Omit<BackchannelRequest, 'notification'>, token: string | undefined): Promise<string> {
    const authReqId = newSecret();
    const notification =
      token === undefined ? undefined : this.box.seal(JSON.stringify({ authReqId, token }), CONTEXT);
    await this.polled.begin({ ...request, notification }, INTERVAL_S, authReqId);
    await this.store.run(
      REMEMBER,
      [keyOf(request.userId)],
      [this.polled.idOf(authReqId), MAX_LIFETIME_S * 1_000],
    );
    return authReqId;
  }

  /** Those that wait for a person's answer, the oldest first. */
  async waitingFor(userId: string): Promise<WaitingRequest[]> {
    const ids = ((await this.store.get(keyOf(userId))) ?? '').split(' ').filter(Boolean) as Hash[];
    const found = await Promise.all(ids.map((id) => this.find(id, userId)));
    return found.filter((one) => one !== undefined);
  }

  /** One of them; undefined when it is another person's. */
  async find(id: Hash, userId: string): Promise<WaitingRequest | undefined> {
    const request = await this.polled.find(id);
    if (!request || request.userId !== userId || isExpired(request)) return undefined;
    return (await this.polled.isAnswered(id)) ? undefined : { id, request };
  }

  /** True for exactly one of several answers. */
  answer({ id }: WaitingRequest, answer: PolledAnswer): Promise<boolean> {
    return this.polled.answer(id, answer);
  }

  notificationOf({ notification }: BackchannelRequest): Notification | undefined {
    return notification === undefined
      ? undefined
      : (JSON.parse(this.box.open(notification, CONTEXT)) as Notification);
  }
}

/** Adds an id to a person's list, whose ids all have one width. */
const REMEMBER: AtomicScript<null> = {
  lua: `local list = (redis.call('GET', KEYS[1]) or '') .. ARGV[1] .. ' '
redis.call('SET', KEYS[1], string.sub(list, -${REMEMBERED * WIDTH}), 'PX', ARGV[2])
return nil`,
  local(keyspace, [key], [id, ttl]) {
    const list = `${keyspace.get(key!) ?? ''}${id!} `;
    keyspace.set(key!, list.slice(-REMEMBERED * WIDTH), Number(ttl));
    return null;
  },
};

function keyOf(userId: string): string {
  return `ciba-user:${userId}`;
}
