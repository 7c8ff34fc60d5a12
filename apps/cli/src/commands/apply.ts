import { changeLines, type Outcome } from '../changes.js';
import type { Command } from '../command.js';
import { EXIT } from '../command-error.js';
import { readDocument } from '../read-document.js';

export const apply: Command = {
  usage: 'FILE [--dry-run]',
  summary: 'makes the kinds that the file names exactly what it says',
  takes: 1,
  heeds: ['json', 'dry-run'],
  async run({ positionals, admin, options, print }) {
    const request = { method: 'PUT', body: readDocument(positionals[0]!) };
    const path = `/configuration${options.dryRun ? '?dry_run=true' : ''}`;
    const outcome = await admin.json<Outcome>(path, request);
    if (options.json) {
      print(JSON.stringify(outcome, null, 2));
      return EXIT.done;
    }
    for (const line of changeLines(outcome.changes)) print(line);
    for (const secret of outcome.shown_once ?? []) print(`shown once: ${JSON.stringify(secret)}`);
    const count = outcome.changes.length;
    print(`${count} ${count === 1 ? 'change' : 'changes'}${options.dryRun ? ', none made (--dry-run)' : ''}`);
    return EXIT.done;
  },
};
