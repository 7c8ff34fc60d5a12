import { Problem } from '@gatehouse/http';
import { sendPage } from '@gatehouse/pages';
import { LimitsGuard } from '@gatehouse/throttling';
import { Controller, Get, Param, Post, Query, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import { minutes, Throttle } from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readForm } from '../../login/form-body.js';
import { loginPath } from '../../login/login-path.js';
import { isSameOrigin } from '../../login/same-origin.js';
import type { Visit } from '../../login/visits.service.js';
import { Accounts } from './accounts.service.js';
import { callbackUri, connectPath } from './addresses.js';
import { ConnectFlow } from './connect-flow.service.js';
import {
  connectedPage,
  type ConnectPage,
  connectPage,
  disconnectedPage,
  leavingPage,
  otherPersonPage,
} from './connect.pages.js';
import { expiredConnection } from './connection-fault.js';
import { ConnectionFaultFilter } from './connection-fault.filter.js';
import type { OAuthServer } from './oauth-server.js';
import { OAuthServers } from './oauth-servers.service.js';
import { People } from './people.service.js';
import { type Visitor, Visitors } from './visitors.service.js';

/** Each begins or ends a journey that costs authorization servers work; an office behind one address is many people. */
const BY_ADDRESS = { address: { limit: 120, ttl: minutes(1) } };

type Query = Readonly<Record<string, unknown>>;

/** A user at the page of a server. */
interface Arrival {
  readonly server: OAuthServer;
  readonly visit: Visit;
  readonly visitor: Visitor;
  readonly page: ConnectPage;
}

/** `/.gatehouse/mcp/connect/SERVER`: where users connect their account at an MCP server, or take it away. */
@Controller('.gatehouse/mcp')
@UseGuards(LimitsGuard)
@UseFilters(ConnectionFaultFilter)
export class ConnectController {
  constructor(
    private readonly servers: OAuthServers,
    private readonly visitors: Visitors,
    private readonly people: People,
    private readonly accounts: Accounts,
    private readonly flow: ConnectFlow,
  ) {}

  @Get('connect/:server')
  async show(
    @Param('server') name: string,
    @Query() query: Query,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const arrival = await this.arrive(name, query, request, reply);
    if (!arrival) return reply;
    const { server, visitor, page } = arrival;
    const token = await this.accounts.token(visitor.person, server);
    return sendPage(reply, 200, token === undefined ? connectPage(page) : connectedPage(page));
  }

  @Post('connect/:server')
  @Throttle(BY_ADDRESS)
  async act(
    @Param('server') name: string,
    @Query() query: Query,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const arrival = await this.arrive(name, query, request, reply);
    if (!arrival) return reply;
    const { server, visit, visitor, page } = arrival;
    if (!isSameOrigin(request, visit.site.origin)) throw new Problem(403, 'This form is of another site.');
    const form = await readForm(request);
    if (form?.get('action') === 'disconnect') {
      await this.accounts.disconnect(visitor.person, server);
      return sendPage(reply, 200, disconnectedPage(page));
    }
    const redirectUri = callbackUri(visit.site, server.name);
    const onward = await this.flow.begin(server, visitor, visit.client.addressName, redirectUri);
    // Browsers hold a form to the `form-action` of its page all the way, so that a redirect would end there.
    return sendPage(reply.header('refresh', `0; url=${onward}`), 200, leavingPage(server.name));
  }

  /** Where authorization servers send browsers back to. */
  @Get('callback/:server')
  @Throttle(BY_ADDRESS)
  async callback(
    @Param('server') name: string,
    @Query() query: Query,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ) {
    const server = this.serverNamed(name);
    // RFC 6749 §3.1: no parameter may be there twice.
    if (Object.values(query).some((value) => typeof value !== 'string')) throw expiredConnection();
    const answer = new URLSearchParams(query as Record<string, string>);
    const login = await this.flow.finish(server, answer, async (login) => {
      return (await this.visitors.at(request, login)).visitor;
    });
    const page = login === undefined ? '' : `?client=${login}`;
    return reply
      .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
      .redirect(connectPath(server.name) + page, 303);
  }

  /** @returns undefined where somebody has to sign in first, or the link is for another one: that is answered */
  private async arrive(
    name: string,
    { client, for: mark }: Query,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Arrival | undefined> {
    const server = this.serverNamed(name);
    const { visit, visitor } = await this.visitors.at(request, client);
    const path = pathOf(server, visit, mark);
    if (!visitor) {
      const login = loginPath({ returnTo: path, client: visit.client.addressName });
      void reply.header('cache-control', 'no-store').redirect(`${visit.site.base}${login}`, 303);
      return undefined;
    }
    const page = { server: name, who: visitor.name, path, client: visit.client.addressName };
    if (typeof mark !== 'string' || this.people.isFor(mark, visitor.person, name)) {
      return { server, visit, visitor, page };
    }
    void sendPage(reply, 403, otherPersonPage(page));
    return undefined;
  }

  private serverNamed(name: string): OAuthServer {
    const server = this.servers.get(name);
    if (!server) throw new Problem(404, 'There is no MCP server of this name with accounts of users.');
    return server;
  }
}

/** The page's own address; a repeated parameter is none. */
function pathOf({ name }: OAuthServer, { client }: Visit, mark: unknown): string {
  const query = new URLSearchParams();
  if (typeof mark === 'string') query.set('for', mark.slice(0, 100));
  if (client.addressName !== undefined) query.set('client', client.addressName);
  const text = query.toString();
  return connectPath(name) + (text === '' ? '' : `?${text}`);
}
