import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = process.cwd();
const page = readFileSync(join(ROOT, 'docs/extending.md'), 'utf8');

/** Each whole file that the page shows, and where it says to put it. */
const files = [...page.matchAll(/<!-- file: (\S+) -->\n+```ts\n(.*?)```/gs)].map(([, path, text]) => ({
  path: path!,
  text: text!,
}));

/** What the compiler says about a file that is not there, as if it were. */
function complaints(path: string, text: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const file = join(ROOT, path);
  const onDisk = host.getSourceFile.bind(host);
  host.getSourceFile = (name, language) =>
    name === file ? ts.createSourceFile(name, text, language) : onDisk(name, language);
  const program = ts.createProgram([file], options, host);
  const source = program.getSourceFile(file);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
}

describe('docs/extending.md', () => {
  it('shows a file for each kind of extension', () => {
    expect(files.map(({ path }) => path)).toHaveLength(4);
  });

  it.each(files)('$path compiles as it is shown, where it is to be put', ({ path, text }) => {
    expect(complaints(path, text)).toEqual([]);
  });

  it('and a mistake in it would be seen', () => {
    const [{ path, text }] = files as [(typeof files)[number]];
    expect(
      complaints(path, text.replace('implements RouteGuard<OfficeHours>', 'implements Nothing')),
    ).toEqual(["Cannot find name 'Nothing'."]);
  });

  it.each([...page.matchAll(/\]\((\.\.[^)#]+)\)/g)].map(([, link]) => link!))('links to %s', (link) => {
    expect(
      ts.sys.fileExists(join(ROOT, 'docs', link)) || ts.sys.directoryExists(join(ROOT, 'docs', link)),
    ).toBe(true);
  });
});
