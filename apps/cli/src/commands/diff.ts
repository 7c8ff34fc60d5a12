import { changeLines, type Outcome } from '../changes.js';
import type { Command } from '../command.js';
import { EXIT } from '../command-error.js';
import { readDocument } from '../read-document.js';

export const diff: Command = {
  usage: 'FILE',
  summary: 'tells what apply would change; exit code 1 when there is something',
  takes: 1,
  heeds: ['json'],
  async run({ positionals, admin, options, print }) {
    const request = { method: 'PUT', body: readDocument(positionals[0]!) };
    const { changes } = await admin.json<Outcome>('/configuration?dry_run=true', request);
    if (options.json) print(JSON.stringify({ changes }, null, 2));
    else for (const line of changeLines(changes)) print(line);
    return changes.length > 0 ? EXIT.differs : EXIT.done;
  },
};
