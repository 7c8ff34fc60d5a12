import { McpProblem } from '../protocol/mcp-problem.js';

/** The user has to connect an account at the server first: there is a page for that. */
export class ConnectNeeded extends McpProblem {
  constructor(
    readonly server: string,
    readonly url: string,
  ) {
    super(403, `Connect your account at ${server} first: open ${url} in a browser, then try again.`, {
      fault: 'account_needed',
      data: { url },
    });
  }

  /** Without the address, for clients that show that themselves. */
  get reason(): string {
    return `The server ${this.server} needs your account there.`;
  }
}
