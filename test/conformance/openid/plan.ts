import { type JSONWebKeySet } from 'jose';
import { AuthServer } from '../../auth-server/auth-server.js';
import type { ClientKey } from './client-key.js';
import { registerDynamically, registerStatically } from './registrations.js';
import type { RelyingParty } from './relying-party.js';

/** What the suite calls the variant of a plan. */
export interface Variant {
  readonly responseType: string;
  readonly responseMode?: 'form_post';
  /** By default clients are registered by an administrator: `static_client`. */
  readonly registration?: 'dynamic';
  /** Of the FAPI 2.0 plan: by default private_key_jwt and DPoP. */
  readonly sender?: 'mtls';
}

/** A module of the suite: a test that any plan may have. */
export type Module = (plan: Plan) => Promise<void>;

type Metadata = Readonly<Record<string, unknown>>;

/** The server of a plan, and the clients that its modules register. */
export class Plan {
  private constructor(
    readonly server: AuthServer,
    readonly variant: Variant,
    readonly metadata: Readonly<Record<string, unknown>>,
  ) {}

  static async start(variant: Variant, environment: Readonly<Record<string, string>> = {}): Promise<Plan> {
    const server = await AuthServer.start(environment);
    const { body } = await server.fetch('/.well-known/openid-configuration');
    return new Plan(server, variant, body);
  }

  get issuer(): string {
    return this.metadata.issuer as string;
  }

  /** A list of the server's metadata. */
  supported(name: string): readonly string[] {
    return (this.metadata[`${name}_supported`] ?? []) as string[];
  }

  has(type: 'code' | 'id_token' | 'token'): boolean {
    return this.variant.responseType.split(' ').includes(type);
  }

  async jwks(): Promise<JSONWebKeySet> {
    return (await this.server.fetch('/jwks')).body as unknown as JSONWebKeySet;
  }

  /** @param key the client's, where the metadata have it */
  register(metadata: Metadata = {}, key?: ClientKey): Promise<RelyingParty> {
    const dynamic = this.variant.registration === 'dynamic';
    return dynamic ? registerDynamically(this, metadata, key) : registerStatically(this, metadata);
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}

/** Runs modules as tests of their own names, each with clients of its own, against one server. */
export function runModules(
  name: string,
  variant: Variant,
  modules: Readonly<Record<string, Module>>,
  names: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): void {
  const { responseType, responseMode = 'default', registration = 'static' } = variant;
  const title = `${name} [${registration}_client] [response_type=${responseType}] [response_mode=${responseMode}]`;
  describe(title, () => {
    let plan: Plan;
    beforeAll(async () => {
      plan = await Plan.start(variant, environment);
    });
    afterAll(() => plan.stop());

    // Some wait for a minute to pass.
    it.each(names)('%s', (module) => modules[module]!(plan), 120_000);
  });
}
