import type { Command } from '../command.js';
import { EXIT } from '../command-error.js';

export const exportConfiguration: Command = {
  usage: '',
  summary: 'writes the whole configuration as YAML, or JSON by --json',
  takes: 0,
  heeds: ['json'],
  async run({ admin, options, print }) {
    if (options.json) print(JSON.stringify(await admin.json('/configuration'), null, 2));
    else print((await admin.text('/configuration', { accept: 'application/yaml' })).trimEnd());
    return EXIT.done;
  },
};
