import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { testTitles } from './test-titles.js';

/** Shorter texts are no name of a test. */
const MIN_END = 8;

/**
 * Tells, without running it, whether a file has a test of a full name. Where it leaves it to others to declare its tests,
 * a text in it, or in what it imports, must begin with the first word of the name, and one be the last word or its end.
 */
export function hasTest(root: string, file: string): (name: string) => boolean {
  const titles = testTitles(file, read(join(root, file)));
  if (titles.length > 0) return (name) => titles.some((title) => title.test(name));
  const texts = new Set<string>();
  collectTexts(join(root, file), texts, new Set());
  return (name) => {
    const words = name.split(' ');
    const all = [...texts];
    return all.some((text) => begins(text, words.at(0)!)) && all.some((text) => ends(text, words.at(-1)!));
  };
}

function begins(text: string, word: string): boolean {
  return text === word || text.startsWith(`${word} `);
}

/** A plan may have put its own name before that of a module. */
function ends(text: string, word: string): boolean {
  return text === word || (text.length >= MIN_END && word.endsWith(`-${text}`));
}

function collectTexts(path: string, texts: Set<string>, seen: Set<string>): void {
  if (seen.has(path) || !existsSync(path)) return;
  seen.add(path);
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) texts.add(node.text);
    ts.forEachChild(node, visit);
  };
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest);
  visit(source);
  for (const statement of source.statements) {
    const from = ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement);
    const specifier = from ? statement.moduleSpecifier : undefined;
    if (!specifier || !ts.isStringLiteral(specifier) || !specifier.text.startsWith('./')) continue;
    collectTexts(join(dirname(path), specifier.text.replace(/\.js$/, '.ts')), texts, seen);
  }
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
