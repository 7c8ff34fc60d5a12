import {
  cursorAfter,
  Documented,
  FIRST_UUID,
  nextCursor,
  pageQuery,
  readCursor,
  UUID,
  withEtag,
} from '@gatehouse/admin';
import { parse, Problem } from '@gatehouse/http';
import { Body, Delete, Get, Header, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Audit } from '../audit/audit.service.js';
import { GrantList } from '../grants/grant-list.service.js';
import { SessionsService } from '../sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import { MAX_PASSWORD, MAX_USERNAME, UsersService } from '../users/users.service.js';
import { AdminApi } from './admin-api.js';
import { Preconditions } from './preconditions.service.js';

const profile = {
  name: z.string().min(1).max(200),
  email: z.email().max(320).optional(),
  email_verified: z.boolean().default(false),
  administrator: z.boolean().default(false),
};
const password = z.string().min(12, 'must have 12 characters or more').max(MAX_PASSWORD);

const newUser = z.object({ username: z.string().trim().min(1).max(MAX_USERNAME), password, ...profile });
const changedUser = z.object({
  ...profile,
  disabled: z.boolean().default(false).describe('true ends all sessions and tokens'),
  password: password.optional(),
});
const user = z.object({
  id: z.uuid(),
  username: z.string(),
  ...profile,
  disabled: z.boolean(),
  created_at: z.iso.datetime(),
});
const session = z.object({
  sid: z.string(),
  user_agent: z.string().optional(),
  address: z.string().optional(),
  auth_time: z.int(),
  clients: z.array(z.string()),
});

/** `/admin/v1/users`: people, and where they are signed in. */
@AdminApi('users')
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly grants: GrantList,
    private readonly preconditions: Preconditions,
    private readonly audit: Audit,
  ) {}

  @Post()
  @Documented({ summary: 'Create a user', body: newUser, answer: user })
  async create(@Body() body: unknown) {
    const { username, password: secret, name, email, email_verified, administrator } = parse(newUser, body);
    if (await this.users.findByUsername(username)) {
      throw new Problem(422, 'Some members of the request cannot be used.', {
        errors: [{ pointer: '/username', detail: 'is the name of another user' }],
      });
    }
    const created = await this.users.create({
      username,
      password: secret,
      name,
      emailVerified: email_verified,
      administrator,
      ...(email === undefined ? {} : { email }),
    });
    this.audit.record({ type: 'user.created', userId: created.id });
    return userBody(created);
  }

  @Get()
  @Documented({
    summary: 'List users',
    query: pageQuery,
    answer: z.object({ users: z.array(user), ...nextCursor }),
  })
  async list(@Query() query: unknown) {
    const { cursor, limit } = parse(pageQuery, query);
    const users = await this.users.list(readCursor(cursor, UUID, FIRST_UUID), limit);
    return { users: users.map(userBody), ...cursorAfter(users, limit, ({ id }) => id) };
  }

  @Get(':id')
  @Documented({ summary: 'Read a user', answer: user })
  async read(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply) {
    return withEtag(reply, userBody(await this.existing(id)));
  }

  @Put(':id')
  @Header('Cache-Control', 'no-store')
  @Documented({
    summary: 'Replace what is known of a user, or disable them',
    body: changedUser,
    answer: user,
  })
  async replace(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const changes = parse(changedUser, body);
    await this.existing(id);
    await this.preconditions.change(
      request,
      async () => userBody(await this.existing(id)),
      () => this.change(id, changes),
    );
    return withEtag(reply, userBody(await this.existing(id)));
  }

  @Get(':id/sessions')
  @Documented({ summary: 'List where a user is signed in', answer: z.object({ sessions: z.array(session) }) })
  async listSessions(@Param('id') id: string) {
    await this.existing(id);
    const sessions = await this.sessions.ofUser(id);
    const bodies = sessions.map(async (one) => ({
      sid: one.sid,
      ...(one.device.userAgent === undefined ? {} : { user_agent: one.device.userAgent }),
      ...(one.device.address === undefined ? {} : { address: one.device.address }),
      auth_time: one.authTime,
      clients: await this.sessions.clientsOf(one),
    }));
    return { sessions: await Promise.all(bodies) };
  }

  @Delete(':id/sessions')
  @HttpCode(204)
  @Documented({ summary: 'Sign a user out everywhere' })
  async endSessions(@Param('id') id: string): Promise<void> {
    await this.existing(id);
    await this.sessions.endAll(id);
    this.audit.record({ type: 'sessions.ended', userId: id });
  }

  @Delete(':id/sessions/:sid')
  @HttpCode(204)
  @Documented({ summary: 'Sign a user out of one session' })
  async endSession(@Param('id') id: string, @Param('sid') sid: string): Promise<void> {
    await this.existing(id);
    if (!(await this.sessions.endOne(id, sid))) throw new Problem(404, 'The user has no such session.');
    this.audit.record({ type: 'session.ended', userId: id, detail: { sid } });
  }

  private async change(id: string, changes: z.output<typeof changedUser>): Promise<void> {
    const { disabled, password: secret, name, email, email_verified: emailVerified, administrator } = changes;
    const before = await this.existing(id);
    const disabledAt = disabled ? (before.disabledAt ?? new Date()) : null;
    await this.users.update(id, { name, email: email ?? null, emailVerified, administrator, disabledAt });
    if (secret !== undefined) await this.users.setPassword(id, secret);
    if (disabled) await this.grants.revokeUser(id);
    // A new password ends what the old one began.
    if (disabled || secret !== undefined) await this.sessions.endAll(id);
    this.audit.record({ type: disabled ? 'user.disabled' : 'user.changed', userId: id });
  }

  private async existing(id: string): Promise<User> {
    const found = await this.users.read(id);
    if (!found) throw new Problem(404, 'There is no user with this id.');
    return found;
  }
}

function userBody(row: User) {
  return {
    id: row.id,
    username: row.username,
    name: row.name,
    ...(row.email === null ? {} : { email: row.email }),
    email_verified: row.emailVerified,
    administrator: row.administrator,
    disabled: Boolean(row.disabledAt),
    created_at: row.createdAt.toISOString(),
  };
}
