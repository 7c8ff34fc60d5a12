import { addressGroup, type Limit } from '@gatehouse/throttling';
import { hashOf } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { Guesses } from '../throttling/guesses.service.js';
import { LOGIN_FAILURES } from '../throttling/limits.js';
import type { User } from './user.entity.js';
import { normalizeUsername, UsersService } from './users.service.js';

/** Logins by password, wherever the password is entered: guesses are counted together. */
@Injectable()
export class PasswordLogins {
  constructor(
    private readonly users: UsersService,
    private readonly guesses: Guesses,
  ) {}

  /**
   * The user, when the password is theirs.
   * @param address who tries
   * @throws Problem 429 after too many failures
   */
  authenticate(username: string, password: string, address: string): Promise<User | undefined> {
    return this.guesses.take(limitsOf(username, address), () => this.users.authenticate(username, password));
  }
}

/** One account for all the ways to write its name; in one slot of a Cluster. */
function limitsOf(username: string, address: string): Limit[] {
  const account = hashOf(normalizeUsername(username));
  const group = addressGroup(address);
  return [
    { ...LOGIN_FAILURES.accountAndAddress, key: `{login}:${account}:${group}` },
    { ...LOGIN_FAILURES.account, key: `{login}:${account}` },
    { ...LOGIN_FAILURES.address, key: `{login}:address:${group}` },
  ];
}
