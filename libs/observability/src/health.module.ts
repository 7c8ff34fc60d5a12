import {
  Controller,
  type DynamicModule,
  Get,
  Header,
  Inject,
  Module,
  Res,
  ServiceUnavailableException,
} from '@nestjs/common';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { SkipThrottle } from '@nestjs/throttler';

/** One thing that must answer before the app takes traffic; throws (with a plain reason) while it does not. */
export interface ReadinessCheck {
  readonly name: string;
  check(): Promise<void>;
}

/** Injection token of the app's `ReadinessCheck[]`. */
export const READINESS_CHECKS = Symbol('READINESS_CHECKS');

const CHECK_TIMEOUT_MS = 2_000;

/** `/health/live`: the process answers. `/health/ready`: everything it needs answers too. */
@Controller('health')
@SkipThrottle()
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    @Inject(READINESS_CHECKS) private readonly checks: ReadinessCheck[],
  ) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live() {
    return { status: 'ok' };
  }

  /** 503 names what is down. It is an answer like any other: nothing to log with a stack. */
  @Get('ready')
  @HealthCheck()
  async ready(@Res({ passthrough: true }) reply: { status(code: number): unknown }) {
    try {
      return await this.health.check(this.checks.map((one) => () => this.indicate(one)));
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      reply.status(error.getStatus());
      return error.getResponse();
    }
  }

  private async indicate(one: ReadinessCheck) {
    const indicator = this.indicators.check(one.name);
    try {
      await withTimeout(one.check());
      return indicator.up();
    } catch (error) {
      return indicator.down({ reason: error instanceof Error ? error.message : String(error) });
    }
  }
}

async function withTimeout(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

@Module({})
export class HealthModule {
  /**
   * @param imports modules whose providers the checks need
   * @param inject what `create` is called with
   */
  static forRoot(options: {
    imports?: DynamicModule['imports'];
    inject: NonNullable<unknown>[];
    create: (...dependencies: never[]) => ReadinessCheck[];
  }): DynamicModule {
    return {
      module: HealthModule,
      imports: [TerminusModule.forRoot({ logger: false }), ...(options.imports ?? [])],
      controllers: [HealthController],
      providers: [
        { provide: READINESS_CHECKS, useFactory: options.create as never, inject: options.inject as never },
      ],
    };
  }
}
