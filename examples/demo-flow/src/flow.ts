import type { Configuration } from 'openid-client';
import { Browser } from './browser.js';
import type { Demo } from './demo-file.js';
import { CheckFailed, type Report } from './report.js';

/** The servers that a flow may ask to have restarted. */
export type RestartableApp = 'auth-server' | 'gateway';

/** Restarts one server and resolves when it is ready again. */
export type Restart = (app: RestartableApp) => Promise<void>;

/** A client as the admin API answered it (RFC 7591 §3.2.1). */
export interface RegisteredClient {
  client_id: string;
  client_secret: string;
  redirect_uris: string[];
  scope: string;
}

/** What a token response gave, kept for the next step. */
export interface Tokens {
  accessToken: string;
  refreshToken: string;
  idToken: string;
  subject: string;
}

/** An authorization request that is under way: the browser has it, the app waits for its answer. */
export interface Pending {
  url: URL;
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** What the steps hand on to each other. Each member is filled by the step named in its comment. */
export class Flow {
  /** The browser of the person who signs in. */
  readonly browser = new Browser();
  /** Step 1: a token of the administrator's client, scope `admin`. */
  adminToken?: string;
  /** Step 1. */
  client?: RegisteredClient;
  /** Step 2: the client's view of the issuer. */
  configuration?: Configuration;
  /** Step 2. */
  pending?: Pending;
  /** Step 3: the address with `code`, `state` and `iss` at which the browser came back. */
  callback?: URL;
  /** Step 4, replaced by step 6 and 7. */
  tokens?: Tokens;
  /** Step 4: the user's name as `/userinfo` told it. */
  userName?: string;

  constructor(
    readonly demo: Demo,
    readonly report: Report,
    /** Absent when nobody can restart the servers; step 7 then says so. */
    readonly restart?: Restart,
  ) {}

  /**
   * Checks one expectation.
   * @param what the expectation in plain words.
   * @param holds whether it was met.
   * @param seen what was seen; part of the error.
   * @throws CheckFailed when it doesn't hold.
   */
  check(what: string, holds: boolean, seen: unknown = ''): asserts holds {
    if (!holds) throw new CheckFailed(`expected: ${what}; seen: ${describe(seen)}`);
    this.report.passed(what);
  }

  /** Says what was seen. */
  saw(text: string): void {
    this.report.saw(text);
  }

  /** The value that an earlier step left; CheckFailed when that step hasn't run. */
  left<K extends 'adminToken' | 'client' | 'configuration' | 'pending' | 'callback' | 'tokens' | 'userName'>(
    member: K,
  ): NonNullable<this[K]> {
    const value = this[member];
    if (value === undefined || value === null) throw new CheckFailed(`an earlier step left no ${member}`);
    return value;
  }
}

function describe(seen: unknown): string {
  return typeof seen === 'string' ? seen : JSON.stringify(seen);
}
