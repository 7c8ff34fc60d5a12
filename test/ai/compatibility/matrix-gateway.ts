import { ConfigObjects } from '../../../apps/gateway/src/configuration/config-objects.service.js';
import { startLoneGateway } from '../../gateway/lone-gateway.js';
import { json, type ProviderServer, startProvider } from '../provider-server.js';
import { type Column, COLUMNS } from './columns.js';
import { HalfOpenAi } from './half-openai.js';

export interface MatrixGateway {
  readonly url: string;
  serverOf(column: Column): ProviderServer;
  /** Errors have put the provider's key out of use, or to rest: it gets another one. */
  renewKey(column: Column): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A gateway with a server in the place of each provider: open at `/ai`, and for nobody at `/guarded`.
 * @param upstream one that plays all providers
 */
export async function startMatrixGateway(upstream?: string): Promise<MatrixGateway> {
  const gateway = await startLoneGateway({ GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true' }, [HalfOpenAi]);
  const servers = new Map<string, ProviderServer>();
  const tokens = await startProvider();
  tokens.reset(json({ access_token: 'token', expires_in: 3_599, token_type: 'Bearer' }));
  let keys = 0;
  const keyOf = (column: Column, number: number) =>
    column.keyOf?.(number, tokens.url) ?? `secret-provider-key${number}`;
  const definitionOf = (column: Column) => ({
    name: column.model,
    type: column.type,
    base_url: `${upstream ?? servers.get(column.model)!.url}${column.path}`,
    keys: [{ name: 'main', key: keyOf(column, ++keys) }],
    ...(column.settings ? { settings: column.settings } : {}),
  });
  for (const column of COLUMNS) {
    servers.set(column.model, await startProvider());
    await gateway.add('ai-providers', definitionOf(column));
    await gateway.add('ai-models', {
      name: column.model,
      targets: [{ provider: column.model, model: column.asked }],
      retries: { tries: 1 },
      cooldown: { failures: 1_000 },
    });
  }
  await gateway.addRoute({ name: 'ai', match: { paths: ['/ai'] }, ai: {} });
  await gateway.addRoute({
    name: 'guarded',
    match: { paths: ['/guarded'] },
    ai: {},
    guards: [{ type: 'api_key' }],
  });
  return {
    url: gateway.url,
    serverOf: (column) => servers.get(column.model)!,
    renewKey: async (column) => {
      await gateway.app
        .get(ConfigObjects, { strict: false })
        .replace('ai-providers', column.model, definitionOf(column));
    },
    stop: async () => {
      await gateway.stop();
      await Promise.all([tokens, ...servers.values()].map((server) => server.stop()));
    },
  };
}
