import { parse, Problem } from '@gatehouse/http';
import { type Page, sendPage } from '@gatehouse/pages';
import { LimitsGuard } from '@gatehouse/throttling';
import { equalSecrets } from '@gatehouse/token';
import { Controller, Get, Param, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { minutes, Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Author } from '../configuration/config-events.service.js';
import { keyWish } from '../consumers/personal-keys/key-wish.js';
import { type KeyTeam, OwnKeyTeams } from '../consumers/personal-keys/own-key-teams.service.js';
import { type NewOwnKey, OwnKeys } from '../consumers/personal-keys/own-keys.service.js';
import type { User } from '../consumers/teams/teams.service.js';
import { csrfToken } from '../login/csrf.js';
import { readForm } from '../login/form-body.js';
import { loginPath } from '../login/login-path.js';
import { LoginSessions } from '../login/login-sessions.service.js';
import { isSameOrigin } from '../login/same-origin.js';
import { type Visit, Visits } from '../login/visits.service.js';
import { type KeyForm, newKeyForm, readKeyForm, wishOf, withFaults } from './key-form.js';
import { OwnKeyRoutes } from './own-key-routes.service.js';
import { deleteKeyPage, keysPage, madeKeyPage, newKeyPage } from './own-keys.pages.js';
import { OwnKeysView } from './own-keys-view.service.js';
import { ForeignForm, KEYS_PATH, keysPath, type PagePerson } from './own-page.js';
import { OwnPageFilter } from './own-page.filter.js';

/** Each is a change of the configuration; an office behind one address is many people. */
const CHANGES_BY_ADDRESS = { address: { limit: 60, ttl: minutes(1) } };

type Query = Readonly<Record<string, unknown>>;

/** A user at one of these pages, signed in. */
interface Arrival {
  readonly visit: Visit;
  readonly user: User;
  readonly person: PagePerson;
  readonly author: Author;
}

/** `/.gatehouse/ai-keys`: where people make, see and delete their own keys for AI models, in the browser. */
@Controller(KEYS_PATH.slice(1))
@UseGuards(LimitsGuard)
@UseFilters(OwnPageFilter)
export class OwnKeysPageController {
  constructor(
    private readonly visits: Visits,
    private readonly sessions: LoginSessions,
    private readonly keys: OwnKeys,
    private readonly teams: OwnKeyTeams,
    private readonly view: OwnKeysView,
    private readonly routes: OwnKeyRoutes,
  ) {}

  @Get()
  async show(@Query() query: Query, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const arrival = await this.arrive(query, request, reply);
    return arrival ? this.sendKeys(reply, 200, arrival) : reply;
  }

  @Get('new')
  async begin(@Query() query: Query, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const { team: name } = query;
    const below: Record<string, string> = typeof name === 'string' ? { team: name.slice(0, 100) } : {};
    const arrival = await this.arrive(query, request, reply, (person) => keysPath(person, '/new', below));
    if (!arrival) return reply;
    const team = this.teamOf(arrival, name);
    if (!team) return this.sendKeys(reply, 404, arrival);
    return sendPage(reply, 200, newKeyPage(arrival.person, team, newKeyForm(team)));
  }

  @Post()
  @Throttle(CHANGES_BY_ADDRESS)
  async make(@Query() query: Query, @Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const arrival = await this.arrive(query, request, reply);
    if (!arrival) return reply;
    const sent = await this.formOf(arrival, request);
    const team = this.teamOf(arrival, sent.get('team'));
    if (!team) return this.sendKeys(reply, 422, arrival);
    const form = readKeyForm(sent);
    const made = await this.create(arrival, team, form);
    if ('faults' in made) return sendPage(reply, 422, newKeyPage(arrival.person, team, made));
    if (made instanceof Problem) return this.sendKeys(reply, made.status, arrival);
    return sendPage(reply, 201, madeKeyPage(arrival.person, made, this.routes.addresses()));
  }

  @Get(':id/delete')
  async confirm(
    @Param('id') id: string,
    @Query() query: Query,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const arrival = await this.arrive(query, request, reply);
    if (!arrival) return reply;
    const key = (await this.keys.list(arrival.user)).find(({ key: { name } }) => name === id);
    if (!key) throw new Problem(404, 'You have no key with this id.');
    return sendPage(reply, 200, deleteKeyPage(arrival.person, key));
  }

  @Post(':id/delete')
  @Throttle(CHANGES_BY_ADDRESS)
  async delete(
    @Param('id') id: string,
    @Query() query: Query,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const arrival = await this.arrive(query, request, reply);
    if (!arrival) return reply;
    await this.formOf(arrival, request);
    await this.keys.delete(arrival.user, id, arrival.author);
    return reply
      .header('cache-control', 'no-store')
      .redirect(addressOf(arrival, keysPath(arrival.person)), 303);
  }

  /** @returns what is wrong with the form, or a problem that is not about it */
  private async create(
    { user, author }: Arrival,
    team: KeyTeam,
    form: KeyForm,
  ): Promise<NewOwnKey | KeyForm | Problem> {
    try {
      return await this.keys.create(user, parse(keyWish, wishOf(form, team)), author);
    } catch (error) {
      const faulty = withFaults(form, team, error);
      if (faulty) return faulty;
      // The team has no room for another, or none for this person any longer: the page says so.
      if (error instanceof Problem && (error.status === 409 || error.status === 422)) return error;
      throw error;
    }
  }

  private async sendKeys(reply: FastifyReply, status: number, { user, person }: Arrival) {
    const page: Page = keysPage(person, await this.view.of(user));
    return sendPage(reply, status, page);
  }

  private teamOf({ user }: Arrival, name: unknown): KeyTeam | undefined {
    return this.teams.of(user).find((team) => team.name === name);
  }

  /**
   * The form is of this page, shown to the person who is signed in now (RFC 6749 §10.12).
   * @throws ForeignForm
   */
  private async formOf({ visit, person }: Arrival, request: FastifyRequest): Promise<URLSearchParams> {
    if (!isSameOrigin(request, visit.site.origin)) throw new ForeignForm();
    const form = await readForm(request);
    if (!equalSecrets(form?.get('csrf') ?? '', person.csrf)) throw new ForeignForm();
    return form!;
  }

  /**
   * @param pathOf where to come back to after a login
   * @returns undefined where somebody has to sign in first: that is answered
   */
  private async arrive(
    { client: login }: Query,
    request: FastifyRequest,
    reply: FastifyReply,
    pathOf: (person: Pick<PagePerson, 'client'>) => string = keysPath,
  ): Promise<Arrival | undefined> {
    const visit = this.visits.of(request, login);
    const { client, site, secret } = visit;
    const session = await this.sessions.find(client, secret);
    const { addressName } = client;
    if (!session) {
      const path = loginPath({ returnTo: pathOf({ client: addressName }), client: addressName });
      void reply.header('cache-control', 'no-store').redirect(site.base + path, 303);
      return undefined;
    }
    const { subject, name, username, email } = session.caller;
    const known = username ?? email ?? subject!;
    return {
      visit,
      user: { issuer: client.issuerName, subject: subject! },
      person: { name: name ?? known, username: known, client: addressName, csrf: csrfToken(secret!) },
      author: { subject, clientId: client.clientId, address: request.ip },
    };
  }
}

function addressOf({ visit: { site } }: Arrival, path: string): string {
  return site.base + path;
}
