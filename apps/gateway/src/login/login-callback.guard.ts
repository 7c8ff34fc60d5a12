import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { GatehouseAuthGuard } from './gatehouse-auth.guard.js';
import { LoginCookies } from './login-cookies.js';
import { expiredLogin, LoginFailedError } from './login-failed.js';
import { LoginStateStore } from './login-state.store.js';
import type { PassportRequest } from './passport-request.js';

/** Ends a login: passport-oauth2 checks the state and exchanges the code (RFC 6749 §4.1.3). */
@Injectable()
export class LoginCallbackGuard extends GatehouseAuthGuard {
  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly states: LoginStateStore,
    private readonly cookies: LoginCookies,
  ) {
    super();
  }

  /** What passport-oauth2 does not check, before it sees the code. */
  protected override async prepare(request: PassportRequest, query: Record<string, unknown>): Promise<void> {
    const { code, state, iss, error, error_description: description } = readAnswer(query);
    this.demandIssuer(iss);
    if (state === undefined) throw expiredLogin();
    request.setCookies([this.cookies.endedLoginCookie(state)]);
    if (error !== undefined) throw await this.refusal(request, state, error, description);
    if (code === undefined) throw expiredLogin();
    request.query = { code, state };
  }

  /** RFC 9207 §2.4: an answer of another server would have us send it our code (mix-up, RFC 9700 §4.4). */
  private demandIssuer(iss: string | undefined): void {
    if (iss === this.config.issuer) return;
    const text = 'It did not come from the server that signs people in here.';
    const detail = `iss is ${iss === undefined ? 'missing' : `not ${this.config.issuer}`} (RFC 9207).`;
    throw new LoginFailedError({ status: 403, title: 'This answer is not accepted', text, detail });
  }

  /** RFC 6749 §4.1.2.1. A refusal needs its state as a code does, or anybody could show their words here. */
  private async refusal(request: PassportRequest, state: string, error: string, description?: string) {
    if (!(await this.states.finish(request, state))) return expiredLogin();
    const title = 'You are not signed in.';
    if (error === 'access_denied') {
      const text = 'You did not agree, or stopped before the end. Nothing was shared.';
      return new LoginFailedError({ status: 403, title, text }, request.login);
    }
    const text = 'The server that signs people in did not accept the request.';
    const detail = `${error}${description === undefined ? '' : `: ${description}`}`.slice(0, 500);
    const status = error === 'temporarily_unavailable' ? 503 : 502;
    return new LoginFailedError({ status, title, text, detail }, request.login);
  }
}

/** @throws LoginFailedError when a parameter is repeated (RFC 6749 §3.1) */
function readAnswer(query: Record<string, unknown>): Readonly<Record<string, string | undefined>> {
  if (Object.values(query).some((value) => typeof value !== 'string')) throw expiredLogin();
  return query as Record<string, string>;
}
