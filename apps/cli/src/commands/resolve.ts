import type { Command } from '../command.js';
import { CommandError, EXIT } from '../command-error.js';
import { printable } from '../table.js';

interface Resolution {
  readonly route: {
    readonly name: string;
    readonly because?: string;
    readonly forwarded_path?: string | null;
  } | null;
  readonly problem: { readonly status: number; readonly detail: string } | null;
  readonly others: readonly { readonly name: string; readonly because?: string }[];
}

export const resolve: Command = {
  usage: 'METHOD URL',
  summary: 'tells which route a request would take, and why',
  takes: 2,
  heeds: ['json', 'header'],
  async run({ positionals, admin, options, print }) {
    const [method, url] = positionals;
    const body = JSON.stringify({ method: method!.toUpperCase(), url, headers: headersOf(options.headers) });
    const found = await admin.json<Resolution>('/routes/resolve', { method: 'POST', body });
    if (options.json) print(JSON.stringify(found, null, 2));
    else for (const line of lines(found)) print(printable(line));
    return EXIT.done;
  },
};

function lines({ route, problem, others }: Resolution): string[] {
  const taken = route ? `${route.name}: ${route.because ?? ''}` : 'no route takes it';
  return [
    taken,
    ...(route?.forwarded_path ? [`  forwarded as ${route.forwarded_path}`] : []),
    ...(problem ? [`  ${problem.status}: ${problem.detail}`] : []),
    ...others.map(({ name, because = '' }) => `  not ${name}: ${because}`),
  ];
}

function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^([!#$%&'*+.^_`|~\w-]+):\s*(.*)$/.exec(line) ?? [];
      if (name === undefined) throw new CommandError(EXIT.usage, [`${line} is no "NAME: VALUE"`]);
      return [name.toLowerCase(), value!];
    }),
  );
}
