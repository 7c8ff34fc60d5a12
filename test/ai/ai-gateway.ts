import { ConfigObjects } from '../../apps/gateway/src/configuration/config-objects.service.js';
import { type LoneGateway, startLoneGateway } from '../gateway/lone-gateway.js';
import { type ProviderServer, startProvider } from './provider-server.js';
import type { Environment } from '@gatehouse/config';
import type { Type } from '@nestjs/common';

/** A gateway with a route for AI models at `/ai`, and a server in the place of each provider. */
export interface AiGateway extends LoneGateway {
  readonly openai: ProviderServer;
  readonly anthropic: ProviderServer;
  readonly gemini: ProviderServer;
  /** Creates an AI model whose targets are `provider/model`. */
  addModel(name: string, targets: readonly string[], more?: object): Promise<void>;
  replace(kind: string, name: string, definition: object): Promise<void>;
  /** Posts JSON, or a text as it is. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
}

export async function startAiGateway(
  environment: Environment = {},
  modules: Type[] = [],
  providers: Record<string, object> = {},
): Promise<AiGateway> {
  const [openai, anthropic, gemini] = await Promise.all([startProvider(), startProvider(), startProvider()]);
  const gateway = await startLoneGateway(
    { GATEHOUSE_ALLOW_PRIVATE_ADDRESSES: 'true', ...environment },
    modules,
  );
  const servers = { openai, anthropic, gemini };
  const bases = { openai: `${openai.url}/v1`, anthropic: anthropic.url, gemini: `${gemini.url}/v1beta` };
  for (const [name, base_url] of Object.entries(bases)) {
    const keys = [{ name: 'main', key: `secret-${name}-key-0123456789` }];
    await gateway.add('ai-providers', { name, type: name, base_url, keys, ...providers[name] });
  }
  const addModel = async (name: string, targets: readonly string[], more: object = {}) => {
    const all = targets.map((one) => {
      const [provider, ...model] = one.split('/');
      return { provider, model: model.join('/') };
    });
    await gateway.add('ai-models', { name, targets: all, ...more });
  };
  await addModel('gpt', ['openai/gpt-5-mini']);
  await addModel('claude', ['anthropic/claude-opus-4-5']);
  await addModel('flash', ['gemini/gemini-2.5-flash']);
  await gateway.addRoute({ name: 'ai', match: { paths: ['/ai'] }, ai: {} });
  return {
    ...gateway,
    ...servers,
    addModel,
    replace: async (kind, name, definition) => {
      await gateway.app.get(ConfigObjects, { strict: false }).replace(kind, name, definition);
    },
    post: (path, body, headers = {}) =>
      fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    stop: async () => {
      await gateway.stop();
      await Promise.all([openai.stop(), anthropic.stop(), gemini.stop()]);
    },
  };
}
