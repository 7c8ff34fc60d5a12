import ts from 'typescript';

const ANYTHING = '[^]*';
const SUITES = new Set(['describe']);
const TESTS = new Set(['it', 'test']);

/**
 * A pattern for the full name of each test in a file, as Jest prints it: the titles of the describe blocks around it and
 * its own, joined by spaces. What only the run knows (placeholders of `each`, parts of templates) matches anything.
 */
export function testTitles(path: string, text: string): RegExp[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest);
  const found: RegExp[] = [];
  const visit = (node: ts.Node, around: string): void => {
    const call = ts.isCallExpression(node) ? declaration(node) : undefined;
    if (call === undefined) return ts.forEachChild(node, (child) => visit(child, around));
    const title = around + call.title;
    if (call.suite) return call.body.forEach((child) => visit(child, `${title} `));
    found.push(new RegExp(`^${title}$`));
  };
  visit(source, '');
  return found;
}

interface Declaration {
  readonly suite: boolean;
  readonly title: string;
  readonly body: readonly ts.Node[];
}

/** `describe(title, body)`, `it(title, body)`, and both with `.each(table)` in between. */
function declaration(call: ts.CallExpression): Declaration | undefined {
  const [title, ...body] = call.arguments;
  const callee = calleeOf(call.expression);
  if (title === undefined || callee === undefined) return undefined;
  const suite = SUITES.has(callee.name);
  if (!suite && !TESTS.has(callee.name)) return undefined;
  return { suite, title: patternOf(title, callee.each), body };
}

function calleeOf(node: ts.Expression): { name: string; each: boolean } | undefined {
  if (ts.isIdentifier(node)) return { name: node.text, each: false };
  const table = ts.isCallExpression(node) ? node.expression : ts.isTaggedTemplateExpression(node) && node.tag;
  if (!table || !ts.isPropertyAccessExpression(table) || table.name.text !== 'each') return undefined;
  return ts.isIdentifier(table.expression) ? { name: table.expression.text, each: true } : undefined;
}

function patternOf(node: ts.Expression, each: boolean): string {
  const literal = (text: string) => (each ? withPlaceholders(text) : escape(text));
  if (ts.isStringLiteralLike(node)) return literal(node.text);
  if (ts.isTemplateExpression(node)) {
    const spans = node.templateSpans.map((span) => ANYTHING + literal(span.literal.text));
    return literal(node.head.text) + spans.join('');
  }
  if (ts.isBinaryExpression(node)) return patternOf(node.left, each) + patternOf(node.right, each);
  return ANYTHING;
}

function withPlaceholders(text: string): string {
  return text
    .split(/%[sdifjopc#$]|\$#|\$[A-Za-z_][\w.]*/)
    .map((part) => escape(part.replaceAll('%%', '%')))
    .join(ANYTHING);
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
