import { parseArgs } from 'node:util';
import { AdminClient } from './admin-client.js';
import type { Command, CommandOption, CommandOptions } from './command.js';
import { CommandError, EXIT, type ExitCode } from './command-error.js';
import { ai } from './commands/ai.js';
import { apply } from './commands/apply.js';
import { diff } from './commands/diff.js';
import { exportConfiguration } from './commands/export.js';
import { login } from './commands/login.js';
import { logout } from './commands/logout.js';
import { resolve } from './commands/resolve.js';
import { routes } from './commands/routes.js';

type Environment = Readonly<Record<string, string | undefined>>;

const COMMANDS: Readonly<Record<string, Command>> = {
  login,
  logout,
  routes,
  resolve,
  diff,
  apply,
  export: exportConfiguration,
  ai,
};

const OPTIONS: readonly CommandOption[] = ['json', 'dry-run', 'header', 'model', 'base-url', 'setting'];

/** Runs one command. @throws CommandError */
export async function run(
  args: readonly string[],
  environment: Environment,
  output: { write(text: string): unknown },
): Promise<ExitCode> {
  const { values, positionals } = read(args);
  const print = (text: string) => void output.write(`${text}\n`);
  const [name, ...rest] = positionals;
  if (values.help || name === undefined) {
    print(help());
    return values.help ? EXIT.done : EXIT.usage;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]! : undefined;
  if (!command) throw usage(`there is no command ${name}`);
  if (rest.length !== command.takes) throw usage(`usage: gatehouse ${name} ${command.usage}`);
  const unheeded = OPTIONS.find((one) => values[one] !== undefined && !command.heeds.includes(one));
  if (unheeded) throw usage(`gatehouse ${name} has no use for --${unheeded}`);
  const options: CommandOptions = {
    gateway: withoutSlash(values.gateway ?? (environment.GATEHOUSE_GATEWAY_URL || 'http://localhost:8080')),
    issuer: withoutSlash(values.issuer ?? (environment.GATEHOUSE_ISSUER || 'http://localhost:4000')),
    json: values.json ?? false,
    dryRun: values['dry-run'] ?? false,
    headers: values.header ?? [],
    models: values.model ?? [],
    baseUrl: values['base-url'],
    settings: values.setting ?? [],
  };
  const admin = new AdminClient(options.gateway, environment.GATEHOUSE_TOKEN || undefined);
  return command.run({ positionals: rest, options, admin, environment, print });
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        gateway: { type: 'string' },
        issuer: { type: 'string' },
        json: { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        header: { type: 'string', short: 'H', multiple: true },
        model: { type: 'string', multiple: true },
        'base-url': { type: 'string' },
        setting: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usage((error as Error).message);
  }
}

function usage(line: string): CommandError {
  return new CommandError(EXIT.usage, [line, 'gatehouse --help tells what there is']);
}

function withoutSlash(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw usage(`${url} is no http(s) URL`);
  return url.replace(/\/+$/, '');
}

function help(): string {
  const lines = Object.entries(COMMANDS).map(
    ([name, { usage: after, summary }]) => `  ${`${name} ${after}`.padEnd(26)} ${summary}`,
  );
  return [
    'gatehouse: the command line of the Gatehouse gateway',
    '',
    ...lines,
    '',
    '  --gateway URL              the gateway (GATEHOUSE_GATEWAY_URL, http://localhost:8080)',
    '  --issuer URL               the auth-server, for login (GATEHOUSE_ISSUER, http://localhost:4000)',
    '  --json                     for programs: routes, resolve, diff, apply, export',
    '  --dry-run                  apply: tells what would change, and changes nothing',
    '  --model NAME               ai add: a model of the provider; may be repeated',
    '  --base-url URL             ai add: where its API is, for types without an address of their own',
    '  --setting NAME=VALUE       ai add: what the type needs besides, as region=eu-central-1; may be repeated',
    '  -H, --header "NAME: VALUE" resolve: a header of the request; may be repeated',
    '',
    'GATEHOUSE_TOKEN has an access token to use in place of a login.',
  ].join('\n');
}
