import type { HeaderList } from '../../calls/header-list.js';
import { McpProblem } from '../../mcp/protocol/mcp-problem.js';
import { type A2aVersion, VERSION_NOT_SUPPORTED } from './methods.js';

/** Fields of callers that are meant for the agent (A2A 1.0 §3.2.6). */
const PASSED = ['a2a-version', 'a2a-extensions', 'x-a2a-extensions'];

/** Names and values in turn. */
export function passedFields(headers: HeaderList): string[] {
  return PASSED.flatMap((name) => headers.all(name).flatMap((value) => [name, value]));
}

/** A2A 1.0 §3.6: without the field it is 0.3. @throws McpProblem */
export function versionOf(headers: HeaderList): A2aVersion {
  const version = headers.get('a2a-version') ?? '';
  if (version !== '' && !/^(?:0\.3|1\.\d{1,2})$/.test(version)) {
    const detail = 'This version of A2A is not spoken here: 1.0 and 0.3 are.';
    throw new McpProblem(400, detail, { code: VERSION_NOT_SUPPORTED });
  }
  return version.startsWith('1.') ? '1.0' : '0.3';
}
