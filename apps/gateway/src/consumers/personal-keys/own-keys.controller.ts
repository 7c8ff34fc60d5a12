import { parse, Problem } from '@gatehouse/http';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { AdminBody } from '../../admin/admin-body.interceptor.js';
import { AdminLimits } from '../../admin/admin-limits.guard.js';
import { type AiKeyUse, AiKeyUses, UNUSED } from '../../ai/records/ai-key-uses.service.js';
import { termsOf } from '../../configuration/config-objects.controller.js';
import { ProtectedApi, RequireScopes } from '../../guards/protected-api.js';
import type { GuardedRequest } from '../../guards/protected-api.guard.js';
import type { User } from '../teams/teams.service.js';
import { keyRotation, keyWish } from './key-wish.js';
import { OwnKeyTeams } from './own-key-teams.service.js';
import { type NewOwnKey, type OwnKey, OwnKeys } from './own-keys.service.js';
import { PersonalKeys } from './personal-keys.service.js';

const PATH = 'account/v1/ai-keys';

/** `/account/v1/ai-keys`: the keys that somebody makes for themselves. Tokens need the audience `${gateway}/account/v1`. */
@Controller(PATH)
@UseGuards(AdminLimits)
@ProtectedApi('/account/v1')
@RequireScopes('ai-keys')
@UseInterceptors(AdminBody)
export class OwnKeysController {
  constructor(
    private readonly keys: OwnKeys,
    private readonly personalKeys: PersonalKeys,
    private readonly teams: OwnKeyTeams,
    private readonly uses: AiKeyUses,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async list(@Req() request: GuardedRequest) {
    const user = userOf(request);
    const keys = await this.keys.list(user);
    const uses = await this.uses.of(keys.map(({ key }) => key.name));
    return {
      keys: keys.map((one) => ({ ...this.shown(one), ...shownUse(uses.get(one.key.name)) })),
      teams: this.teams.of(user),
    };
  }

  @Post()
  @Header('Cache-Control', 'no-store')
  async create(
    @Body() body: unknown,
    @Req() request: GuardedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const made = await this.keys.create(userOf(request), parse(keyWish, body), termsOf(request).author);
    reply.header('location', `/${PATH}/${made.key.name}`);
    return this.shownOnce(made);
  }

  /** Gives it a new secret. */
  @Post(':id/rotate')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  async rotate(@Param('id') id: string, @Body() body: unknown, @Req() request: GuardedRequest) {
    const wish = parse(keyRotation, body ?? {});
    return this.shownOnce(await this.keys.rotate(userOf(request), id, wish, termsOf(request).author));
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(@Param('id') id: string, @Req() request: GuardedRequest): Promise<void> {
    await this.keys.delete(userOf(request), id, termsOf(request).author);
  }

  private shownOnce(made: NewOwnKey) {
    return { ...this.shown(made), ...made.shownOnce };
  }

  private shown({ key, createdAt }: OwnKey) {
    const { name: id, label: name, team, models, expires_at, metadata, secrets } = key;
    return {
      id,
      name,
      team,
      ...(models ? { models } : {}),
      prefix: secrets[0]?.prefix ?? '',
      created_at: createdAt.toISOString(),
      expires_at,
      usable: this.personalKeys.callerOf(key) !== undefined,
      metadata,
    };
  }
}

function shownUse({ lastUsedAt, calls, cost }: AiKeyUse = UNUSED) {
  return {
    ...(lastUsedAt ? { last_used_at: lastUsedAt.toISOString() } : {}),
    this_month: { calls, usd: cost },
  };
}

/**
 * Who asks for themselves. The subject of a token that a client got for itself is the client (RFC 9068 §2.2), and one with an
 * actor is used in somebody's stead (RFC 8693 §4.1): a key would outlive what that was allowed for.
 * @throws Problem 403
 */
function userOf({ caller = {} }: GuardedRequest): User {
  const { subject, issuer, clientId, claims } = caller;
  const isClient = clientId === undefined || subject === clientId;
  if (subject !== undefined && issuer !== undefined && !isClient && claims?.act === undefined)
    return { issuer, subject };
  throw new Problem(
    403,
    'People make keys for themselves: this needs a token that a user got by signing in, not one of client_credentials or of an exchange.',
  );
}
