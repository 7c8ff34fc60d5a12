import { Controller, Get, Module, UseGuards } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SkipThrottle, Throttle, type ThrottlerOptions } from '@nestjs/throttler';
import { HttpErrorFilter } from '@gatehouse/http';
import { StoreModule } from '@gatehouse/store';
import { LimitsGuard } from './limits.guard.js';
import { ThrottlingModule } from './throttling.module.js';

@Controller()
@UseGuards(LimitsGuard)
class PlainController {
  @Get('usual')
  usual() {}

  @Get('three')
  @Throttle({ default: { limit: 3, ttl: 60_000 } })
  three() {}

  @Get('skipped')
  @SkipThrottle()
  skipped() {}

  @Get('blocking')
  @Throttle({ default: { limit: 1, ttl: 60_000, blockDuration: 600_000 } })
  blocking() {}

  @Get('own-key')
  @Throttle({ default: { limit: 1, ttl: 60_000, generateKey: () => 'key' } })
  ownKey() {}
}

describe("@nestjs/throttler's decorators and options at LimitsGuard", () => {
  let app: NestFastifyApplication | undefined;
  afterEach(() => app?.close());

  async function start(options: Partial<ThrottlerOptions> = {}) {
    @Module({
      imports: [
        StoreModule.forRoot({ redisUrl: undefined, prefix: 'test:' }),
        ThrottlingModule.forRoot([{ limit: 1, ttl: 60_000, ...options }]),
      ],
      controllers: [PlainController],
    })
    class AppModule {}
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
    app.useGlobalFilters(new HttpErrorFilter());
    await app.init();
  }

  async function statuses(path: string, count: number, headers: Record<string, string> = {}) {
    const all: number[] = [];
    for (let i = 0; i < count; i++) {
      all.push((await app!.inject({ method: 'GET', url: `/${path}`, headers })).statusCode);
    }
    return all;
  }

  it('limit, ttl, and skipping', async () => {
    await start();
    expect(await statuses('usual', 2)).toEqual([200, 429]);
    expect(await statuses('three', 4)).toEqual([200, 200, 200, 429]);
    expect(await statuses('skipped', 3)).toEqual([200, 200, 200]);
  });

  it('skipIf', async () => {
    const isInternal = (headers: Record<string, unknown>) => headers['x-internal'] === 'yes';
    await start({
      skipIf: (context) =>
        isInternal(context.switchToHttp().getRequest<{ headers: Record<string, unknown> }>().headers),
    });
    expect(await statuses('usual', 3, { 'x-internal': 'yes' })).toEqual([200, 200, 200]);
    expect(await statuses('usual', 2)).toEqual([200, 429]);
  });

  it('ignoreUserAgents, with expressions that remember where they were, too', async () => {
    await start({ ignoreUserAgents: [/probe/g] });
    expect(await statuses('usual', 3, { 'user-agent': 'the probe' })).toEqual([200, 200, 200]);
    expect(await statuses('usual', 2)).toEqual([200, 429]);
  });

  it.each(['blocking', 'own-key'])('what is not supported is no silent nothing: %s', async (path) => {
    await start();
    expect(await statuses(path, 1)).toEqual([500]);
  });
});
