import type { Command } from '../command.js';
import { EXIT } from '../command-error.js';
import { forgetToken } from '../credentials.js';

export const logout: Command = {
  usage: '',
  summary: 'forgets the token of the login',
  takes: 0,
  heeds: [],
  async run({ options, print }) {
    print(forgetToken(options.gateway) ? `signed out of ${options.gateway}` : 'not signed in');
    return EXIT.done;
  },
};
