import { randomUUID } from 'node:crypto';
import { Gathered, Statements } from '@gatehouse/database';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Algorithm, hash, verify } from '@node-rs/argon2';
import { LRUCache } from 'lru-cache';
import { MoreThan, type Repository } from 'typeorm';
import { User } from './user.entity.js';

/** argon2id with 19 MiB and two passes: OWASP's Password Storage Cheat Sheet. */
const ARGON2 = { algorithm: 2 satisfies Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Longer passwords are refused unread, so that hashing cannot be made expensive. */
export const MAX_PASSWORD = 1_024;

/** The longest an e-mail address may be, which many use for a user name. */
export const MAX_USERNAME = 320;

const CACHED = 5_000;
/** A change is seen within this time. */
const FRESH_MS = 1_000;

export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly name: string;
  readonly email?: string;
  readonly emailVerified?: boolean;
  readonly administrator?: boolean;
  readonly profile?: User['profile'];
}

export type UserChanges = Partial<
  Pick<User, 'name' | 'email' | 'emailVerified' | 'administrator' | 'disabledAt'>
>;

@Injectable()
export class UsersService {
  /** Verified against when there is no such user, so that the answer takes as long. */
  private readonly decoy = hash(randomUUID(), ARGON2);

  private readonly statements: Statements;
  private readonly lookups = new Gathered((ids: readonly string[]) => this.findAll(ids));
  private readonly cache = new LRUCache<string, { user: User | undefined }>({ max: CACHED, ttl: FRESH_MS });

  constructor(@InjectRepository(User) private readonly repository: Repository<User>) {
    this.statements = new Statements(repository.manager.connection);
  }

  async create(user: NewUser): Promise<User> {
    const row = this.repository.create({
      id: randomUUID(),
      username: normalizeUsername(user.username),
      passwordHash: await hash(user.password, ARGON2),
      name: user.name,
      email: user.email ?? null,
      emailVerified: user.emailVerified ?? false,
      administrator: user.administrator ?? false,
      profile: user.profile ?? {},
      disabledAt: null,
      updatedAt: new Date(),
      createdAt: new Date(),
    });
    await this.repository.insert(row as never);
    return row;
  }

  async setPassword(id: string, password: string): Promise<void> {
    await this.repository.update({ id }, { passwordHash: await hash(password, ARGON2) });
  }

  /** A user who may sign in. */
  async find(id: string): Promise<User | undefined> {
    const user = UUID.test(id) ? await this.lookups.ask(id) : undefined;
    return user?.disabledAt ? undefined : user;
  }

  /** A user, disabled or not: for administrators. */
  async read(id: string): Promise<User | undefined> {
    return UUID.test(id) ? ((await this.repository.findOneBy({ id })) ?? undefined) : undefined;
  }

  /** A user as they are, or were less than a second ago: for telling about them. */
  async recent(id: string): Promise<User | undefined> {
    const cached = this.cache.get(id);
    if (cached) return cached.user;
    const user = await this.find(id);
    this.cache.set(id, { user });
    return user;
  }

  private async findAll(ids: readonly string[]): Promise<(User | undefined)[]> {
    const rows = await this.statements.run<User>(
      {
        name: 'users by id',
        text: `SELECT ${this.statements.columnsOf(User)} FROM auth.user_account WHERE id = ANY ($1::uuid[])`,
      },
      [[...new Set(ids)]],
    );
    const users = new Map(rows.map((row) => [row.id, Object.assign(new User(), row)]));
    return ids.map((id) => users.get(id));
  }

  /** A page in the order of ids, after `cursor`. */
  list(cursor: string, limit: number): Promise<User[]> {
    return this.repository.find({ where: { id: MoreThan(cursor) }, order: { id: 'ASC' }, take: limit });
  }

  /** Changes what an administrator may change. */
  async update(id: string, changes: UserChanges): Promise<void> {
    await this.repository.update({ id }, { ...changes, updatedAt: new Date() });
    this.cache.delete(id);
  }

  async findByUsername(username: string): Promise<User | undefined> {
    // No account has such a name, and PostgreSQL keeps no NUL.
    if (username.length > MAX_USERNAME || username.includes('\0')) return undefined;
    return (await this.repository.findOneBy({ username: normalizeUsername(username) })) ?? undefined;
  }

  /** The user, when the password is theirs; an unknown user and a wrong password look and last the same. */
  async authenticate(username: string, password: string): Promise<User | undefined> {
    const user = await this.findByUsername(username);
    const matches =
      password.length <= MAX_PASSWORD &&
      (await verify(user?.passwordHash ?? (await this.decoy), password, ARGON2));
    return matches && !user?.disabledAt ? user : undefined;
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One account for all the ways to write its name. */
export function normalizeUsername(username: string): string {
  return username
    .slice(0, MAX_USERNAME + 1)
    .normalize('NFKC')
    .trim()
    .toLowerCase();
}
