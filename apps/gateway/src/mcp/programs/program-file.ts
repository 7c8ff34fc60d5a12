import { readFileSync } from 'node:fs';
import { faultsOf, Problem, StartError } from '@gatehouse/http';
import { z } from 'zod';
import { parseYaml } from '../../admin/parse-yaml.js';

export const programName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9, - and _');

/** Neither of them can be left out of what is executed: there is no shell that would look for more in it. */
const program = z.strictObject({
  command: z.string().startsWith('/', 'must be an absolute path').max(4_096),
  args: z.array(z.string().max(131_072)).max(1_000).default([]),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().max(131_072)).default({}),
  cwd: z.string().startsWith('/', 'must be an absolute path').optional(),
});

const file = z.record(programName, program);

/** An MCP server that is a program on this machine, as the operator wrote it. */
export type ProgramDefinition = z.output<typeof program>;

/** @throws StartError that says what is wrong with the file */
export function readProgramFile(path: string | undefined): ReadonlyMap<string, ProgramDefinition> {
  if (path === undefined) return new Map();
  const { data, error } = file.safeParse(contentOf(path));
  if (data) return new Map(Object.entries(data));
  const [fault] = faultsOf(error);
  throw new StartError(`GATEHOUSE_MCP_STDIO_FILE: ${fault!.pointer} ${fault!.detail}`);
}

function contentOf(path: string): unknown {
  try {
    return parseYaml(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    const reason = error instanceof Problem ? error.detail : (error as Error).message;
    throw new StartError(`GATEHOUSE_MCP_STDIO_FILE: ${reason}`);
  }
}
