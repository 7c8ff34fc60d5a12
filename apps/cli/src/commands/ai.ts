import type { Command, CommandContext } from '../command.js';
import { CommandError, EXIT } from '../command-error.js';
import { readProviderKey } from '../provider-key.js';
import { readSettings } from '../settings.js';

const CONSUMER = 'ai';

/** `gatehouse ai add TYPE`: all that is needed to call a provider's models, but what is there already. */
export const ai: Command = {
  usage: 'add TYPE --model NAME',
  summary: "adds a provider's models, and tells how to call them",
  takes: 2,
  heeds: ['model', 'base-url', 'setting'],
  async run(context) {
    const [verb, type] = context.positionals as [string, string];
    const { models, baseUrl } = context.options;
    if (verb !== 'add') throw new CommandError(EXIT.usage, [`there is no gatehouse ai ${verb}: ai add TYPE`]);
    if (models.length === 0) throw new CommandError(EXIT.usage, ['which model? --model gpt-5-mini, say']);
    const settings = readSettings(context.options.settings);
    const key = await readProviderKey(type, context.environment);
    await add(context, 'ai-providers', {
      name: type,
      type,
      ...(baseUrl === undefined ? {} : { base_url: baseUrl }),
      ...(Object.keys(settings).length === 0 ? {} : { settings }),
      keys: key === undefined ? [] : [{ name: 'main', key }],
    });
    for (const model of models) {
      await add(context, 'ai-models', { name: model, targets: [{ provider: type, model }] });
    }
    await add(context, 'routes', routeTo(context.options.gateway));
    await add(context, 'consumers', { name: CONSUMER, description: 'Made by gatehouse ai add' });
    tellHowToCall(context, models[0]!, await keyOf(context));
    return EXIT.done;
  },
};

interface Named {
  readonly name: string;
  readonly [member: string]: unknown;
}

function routeTo(gateway: string): Named {
  return {
    name: 'ai',
    match: { paths: ['/ai'] },
    ai: {},
    guards: [{ any_of: [{ type: 'access_token', audience: `${gateway}/ai` }, { type: 'api_key' }] }],
  };
}

/** Creates an object, where none has its name. */
async function add({ admin, print }: CommandContext, kind: string, object: Named) {
  const path = `/${kind}/${encodeURIComponent(object.name)}`;
  const there = await admin.find(path);
  if (there) print(`${kind}/${object.name}: is there already, and stays as it is`);
  else await admin.json(`/${kind}`, { method: 'POST', body: JSON.stringify(object) });
  if (!there) print(`${kind}/${object.name}: added`);
}

/** The first caller's key, which is shown once: undefined where there is one already. */
async function keyOf({ admin }: CommandContext): Promise<string | undefined> {
  const path = `/consumers/${CONSUMER}/credentials`;
  if (await admin.find(`${path}/${CONSUMER}`)) return undefined;
  const body = JSON.stringify({ name: CONSUMER, type: 'api_key' });
  return (await admin.json<{ secret: string }>(path, { method: 'POST', body })).secret;
}

function tellHowToCall({ options, print }: CommandContext, model: string, key = 'YOUR_KEY'): void {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] });
  print('');
  print(`curl ${options.gateway}/ai/v1/chat/completions -H 'Authorization: Bearer ${key}' \\`);
  print(`  -H 'Content-Type: application/json' -d '${body}'`);
}
