import { Documented } from '@gatehouse/admin';
import { parse, Problem } from '@gatehouse/http';
import { Body, Get, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { AdminApi } from '../admin/admin-api.js';
import { Audit } from '../audit/audit.service.js';
import { RevocationsService } from '../revocation/revocations.service.js';
import { KeysService } from './keys.service.js';
import { SIGNING_ALGORITHMS } from './signing-key.entity.js';
import { type KeyInForce, SigningKeys } from './signing-keys.service.js';

/** Whoever has a stolen key writes any `iat`: all that it ever signs is revoked. */
const FOR_EVER_S = 60 * 365 * 86_400;

const rotation = z.object({ alg: z.enum(SIGNING_ALGORITHMS) });

const key = z.object({
  kid: z.string(),
  alg: z.enum(SIGNING_ALGORITHMS),
  state: z
    .enum(['next', 'signing', 'retired'])
    .describe('next: published, will sign; retired: verifies what it signed'),
  created_at: z.iso.datetime(),
  signs_from: z.iso.datetime(),
  public_jwk: z.record(z.string(), z.unknown()),
});

/** `/admin/v1/keys`: the keys this server signs with. */
@AdminApi('keys')
export class KeysController {
  constructor(
    private readonly signingKeys: SigningKeys,
    private readonly keys: KeysService,
    private readonly revocations: RevocationsService,
    private readonly audit: Audit,
  ) {}

  @Get()
  @Documented({ summary: 'List signing keys', answer: z.object({ keys: z.array(key) }) })
  async list() {
    return { keys: (await this.signingKeys.list()).map(keyBody) };
  }

  @Post('rotate')
  @Documented({
    summary: 'Sign with a new key; the one before verifies what it signed',
    body: rotation,
    answer: key,
  })
  async rotate(@Body() body: unknown) {
    const { alg } = parse(rotation, body);
    const kid = await this.signingKeys.rotate(alg);
    await this.keys.look();
    this.audit.record({ type: 'key.rotated', detail: { alg, kid } });
    return keyBody(await this.existing(kid));
  }

  @Post(':kid/revoke')
  @HttpCode(204)
  @Documented({ summary: 'Take a key that others may have away at once, and revoke all that it signed' })
  async revoke(@Param('kid') kid: string): Promise<void> {
    const { alg } = await this.existing(kid);
    await this.revocations.revoke('key', kid, {
      marginS: FOR_EVER_S,
      work: (manager) => this.signingKeys.remove(manager, kid),
    });
    await this.keys.look();
    this.audit.record({ type: 'key.revoked', detail: { alg, kid } });
  }

  private async existing(kid: string): Promise<KeyInForce> {
    const found = (await this.signingKeys.list()).find((one) => one.kid === kid);
    if (!found) throw new Problem(404, 'There is no signing key with this kid.');
    return found;
  }
}

function keyBody({ kid, alg, state, createdAt, activeAt, publicJwk }: KeyInForce) {
  return {
    kid,
    alg,
    state,
    created_at: createdAt.toISOString(),
    signs_from: activeAt.toISOString(),
    public_jwk: publicJwk,
  };
}
