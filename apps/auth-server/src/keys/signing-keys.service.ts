import { SecretBox } from '@gatehouse/token';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { CONFIG, type Config } from '../config.js';
import { generateKey } from './key-generator.js';
import { SIGNING_ALGORITHMS, type SigningAlgorithm, SigningKey } from './signing-key.entity.js';

const DAY_S = 86_400;
/** The next key is published this long before it signs: by then every cache of the key set has it. */
const PUBLISHED_AHEAD_S = DAY_S;
/** After a rotation at once: by then every replica has read the new key. */
const SETTLE_S = 2;
/** A key is kept until all that it signed has ended: access tokens live for a day at most. */
const KEPT_DAYS = 2;

/** `next` is published and will sign; `retired` verifies what it signed before. */
export type KeyState = 'next' | 'signing' | 'retired';

/** A key as it stands: by the clock of the database, so that all replicas agree. */
export interface KeyInForce extends SigningKey {
  readonly state: KeyState;
}

const IN_FORCE = `
  SELECT kid, alg, public_jwk AS "publicJwk", sealed_private_key AS "sealedPrivateKey", active_at AS "activeAt",
    created_at AS "createdAt",
    CASE WHEN active_at > now() THEN 'next'
      WHEN row_number() OVER (PARTITION BY alg, active_at > now() ORDER BY active_at DESC, kid) = 1 THEN 'signing'
      ELSE 'retired' END AS state
  FROM auth.signing_key ORDER BY alg, active_at DESC, kid`;

/** The table of signing keys: encrypted at rest, shared by all replicas, changed by one at a time. */
@Injectable()
export class SigningKeys {
  private readonly box: SecretBox;
  private readonly rotationS: number;

  constructor(
    @InjectDataSource() private readonly database: DataSource,
    @Inject(CONFIG) config: Config,
  ) {
    this.box = new SecretBox(config.secret, 'signing keys');
    this.rotationS = config.keyRotationDays * DAY_S;
  }

  list(): Promise<KeyInForce[]> {
    return this.database.query<KeyInForce[]>(IN_FORCE);
  }

  /** Which keys there are, and what each does: to see cheaply whether anything changed. */
  async version(): Promise<string> {
    const [row] = await this.database.query<{ version: string | null }[]>(
      `SELECT string_agg(kid || (active_at <= now())::text, ',' ORDER BY kid) AS version FROM auth.signing_key`,
    );
    return row?.version ?? '';
  }

  /** The private key, in PKCS #8. @throws when it was sealed under another secret */
  open({ sealedPrivateKey, kid }: SigningKey): string {
    return this.box.open(sealedPrivateKey, kid);
  }

  /**
   * Makes the keys that are missing, and the next ones where it is time for them; removes those that nothing needs.
   * @returns the algorithms that got a key
   */
  async maintain(): Promise<SigningAlgorithm[]> {
    if ((await this.due(this.database.manager)).length === 0 && !(await this.hasExpired())) return [];
    return this.locked(async (manager) => {
      // Another replica may have done it meanwhile.
      const due = await this.due(manager);
      for (const { alg, delay } of due) await this.insert(manager, alg, delay);
      await manager.query(`DELETE FROM auth.signing_key k WHERE ${EXPIRED}`);
      return due.map(({ alg }) => alg);
    });
  }

  /** A new key that signs as soon as every replica knows it. */
  rotate(alg: SigningAlgorithm): Promise<string> {
    return this.locked(async (manager) => {
      // A key that was to be the next one would otherwise follow soon after.
      await manager.query('DELETE FROM auth.signing_key WHERE alg = $1 AND active_at > now()', [alg]);
      return this.insert(manager, alg, SETTLE_S);
    });
  }

  /** Takes a key away at once, for one that others may have; its algorithm is never without a key. */
  async remove(manager: EntityManager, kid: string): Promise<void> {
    await lock(manager);
    const [deleted] = await manager.query<[{ alg: SigningAlgorithm }[], number]>(
      'DELETE FROM auth.signing_key WHERE kid = $1 RETURNING alg',
      [kid],
    );
    const alg = deleted[0]?.alg;
    if (alg === undefined) return;
    // Who has one key may have the next one, too: a fresh one takes over.
    await manager.query('DELETE FROM auth.signing_key WHERE alg = $1 AND active_at > now()', [alg]);
    await this.insert(manager, alg, 0);
  }

  private async insert(manager: EntityManager, alg: SigningAlgorithm, delayS: number): Promise<string> {
    const { kid, publicJwk, pkcs8 } = await generateKey(alg);
    await manager.query(
      `INSERT INTO auth.signing_key (kid, alg, public_jwk, sealed_private_key, active_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
      [kid, alg, JSON.stringify(publicJwk), this.box.seal(pkcs8, kid), delayS],
    );
    return kid;
  }

  /** The algorithms that need a key, and in how many seconds it should begin to sign. */
  private async due(manager: EntityManager): Promise<{ alg: SigningAlgorithm; delay: number }[]> {
    const rows = await manager.query<{ alg: SigningAlgorithm; age: number }[]>(
      'SELECT alg, extract(epoch FROM now() - max(active_at))::float8 AS age FROM auth.signing_key GROUP BY alg',
    );
    const ages = new Map(rows.map(({ alg, age }) => [alg, age]));
    return SIGNING_ALGORITHMS.flatMap((alg) => {
      const age = ages.get(alg);
      if (age === undefined) return { alg, delay: 0 };
      const delay = Math.max(PUBLISHED_AHEAD_S, this.rotationS - age);
      return age + PUBLISHED_AHEAD_S >= this.rotationS ? { alg, delay } : [];
    });
  }

  private async hasExpired(): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      `SELECT 1 FROM auth.signing_key k WHERE ${EXPIRED} LIMIT 1`,
    );
    return rows.length > 0;
  }

  /** Replicas take turns, so they agree on the first one's keys. */
  private locked<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.database.transaction(async (manager) => {
      await lock(manager);
      return work(manager);
    });
  }
}

/** Another key has signed for long enough. */
const EXPIRED = `EXISTS (SELECT 1 FROM auth.signing_key n
  WHERE n.alg = k.alg AND n.active_at > k.active_at AND n.active_at < now() - interval '${KEPT_DAYS} days')`;

async function lock(manager: EntityManager): Promise<void> {
  await manager.query("SELECT pg_advisory_xact_lock(hashtext('gatehouse signing keys'))");
}
