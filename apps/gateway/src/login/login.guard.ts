import { type FieldFault, Problem } from '@gatehouse/http';
import { missingScopes } from '@gatehouse/token';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { IncomingCall } from '../calls/incoming-call.js';
import type { Configuration } from '../configuration/config-kind.js';
import { type Caller, RedirectAnswer, type RouteGuard, RouteGuardType } from '../guards/route-guard.js';
import { demandOwnPage } from './csrf.js';
import { type LoginClient, type LoginSite, siteFor } from './login-client.js';
import { LoginClientKind } from './login-client.kind.js';
import { acrValue, BUILT_IN, MAX_ACR_VALUES, scopeToken } from './login-client-definition.js';
import { LoginClients } from './login-clients.service.js';
import { type Login, loginPath, ownPath } from './login-path.js';
import { LoginSessions } from './login-sessions.service.js';
import { safeReturnTo } from './return-to.js';
import type { Session } from './session.js';

const settings = z.strictObject({
  client: z
    .string()
    .min(1)
    .max(63)
    .optional()
    .describe('The login client by which people sign in. Left out: the gateway itself at its auth-server'),
  scopes: z
    .array(scopeToken)
    .max(50)
    .default([])
    .describe('Scopes that are needed; the login asks for them besides those of the client'),
  groups: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(100)
    .optional()
    .describe('Lets in who is in one of these groups. Left out: everybody who signs in'),
  acr_values: z
    .array(acrValue)
    .min(1)
    .max(MAX_ACR_VALUES)
    .optional()
    .describe('How people must have proved who they are: one of these; who has not is asked to'),
  csrf: z
    .enum(['origin', 'token'])
    .default('origin')
    .describe(
      'What calls that change something must prove: where they come from, or that and the csrf_token of userinfo',
    ),
});

export type LoginSettings = z.output<typeof settings>;

/** `{"type": "login"}`: a person, signed in by redirect. A browser that comes without a session is sent to sign in. */
@Injectable()
@RouteGuardType('login')
export class LoginGuard implements RouteGuard<LoginSettings> {
  readonly settings = settings as z.ZodType<LoginSettings>;

  constructor(
    private readonly clients: LoginClients,
    private readonly sessions: LoginSessions,
    private readonly kind: LoginClientKind,
  ) {}

  faults({ client = BUILT_IN }: LoginSettings, configuration: Configuration): FieldFault[] {
    if (client === BUILT_IN || configuration.of(this.kind).has(client)) return [];
    return [{ pointer: '/client', detail: 'names no login client: create it first' }];
  }

  async check(call: IncomingCall, settings: LoginSettings): Promise<Caller> {
    const client = this.clients.get(settings.client);
    if (!client)
      throw new Problem(503, 'The login client of this route is not there; see the log of the gateway.');
    const visit = new Visit(call, client, siteFor(client, call.host));
    const secret = visit.site.cookies.session(call.headers.cookie);
    if (secret !== undefined) demandOwnPage(call, visit.site.origin, secret, settings.csrf);
    const session = await this.sessions.find(client, secret);
    if (!session) throw visit.signIn(settings.scopes, settings.acr_values);
    demandScopes(visit, session, settings);
    demandAcr(visit, session, settings);
    const { groups } = settings;
    if (groups && !session.groups.some((group) => groups.includes(group))) {
      throw visit.denied('You are in none of the groups that may see this.');
    }
    return { ...session.caller, issuer: client.issuerName, token: session.tokens.accessToken };
  }
}

/** Asked for once and not given, a scope is not asked for again: that would go round for ever. */
function demandScopes(
  visit: Visit,
  { caller, asked }: Session,
  { scopes, acr_values: acr }: LoginSettings,
): void {
  const missing = missingScopes(caller.scopes ?? [], scopes);
  if (missing.length === 0) return;
  const refused = missing.filter((scope) => asked.scopes.includes(scope));
  if (refused.length > 0) {
    throw visit.denied(`This needs the scopes ${refused.join(' ')}, which the login was not given.`);
  }
  throw visit.signIn([...asked.scopes, ...missing], acr ?? asked.acrValues);
}

/** RFC 9470, for people: they are asked to prove more, once. */
function demandAcr(
  visit: Visit,
  { acr, asked }: Session,
  { acr_values: wanted, scopes }: LoginSettings,
): void {
  if (!wanted || (acr !== undefined && wanted.includes(acr))) return;
  if (wanted.every((value) => asked.acrValues.includes(value))) {
    throw visit.denied('This needs a stronger way of signing in than the one that was used.');
  }
  throw visit.signIn([...asked.scopes, ...scopes], wanted);
}

/** A call at a site, and what can be answered to it: a page is worth a redirect, a script's call is better told. */
class Visit {
  constructor(
    private readonly call: IncomingCall,
    private readonly client: LoginClient,
    readonly site: LoginSite,
  ) {}

  signIn(scopes: readonly string[], acrValues: readonly string[] | undefined): Error {
    const { scopes: always, addressName: client } = this.client;
    const more = [...new Set(scopes)].filter((scope) => !always.includes(scope));
    const login: Login = { returnTo: safeReturnTo(this.call.url), client, scopes: more, acrValues };
    // By the site's own name, whichever one the browser used: the cookies are for that.
    const address = `${this.site.base}${loginPath(login)}`;
    if (isNavigation(this.call)) return new RedirectAnswer(address);
    return new Problem(401, `Nobody is signed in: open ${this.site.base}/.gatehouse/login in the browser.`);
  }

  denied(detail: string): Error {
    if (!isNavigation(this.call)) return new Problem(403, detail);
    return new RedirectAnswer(`${this.site.base}${ownPath('denied', this.client.addressName)}`);
  }
}

/** Whether the answer will be a page in front of a person. */
function isNavigation({ method, headers }: IncomingCall): boolean {
  const mode = headers['sec-fetch-mode'];
  const reads = method === 'GET' || method === 'HEAD';
  return reads && (mode === undefined || mode === 'navigate') && /text\/html/i.test(headers.accept ?? '');
}
