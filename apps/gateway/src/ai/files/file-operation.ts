/** What is kept at a provider. */
export type Kind = 'file' | 'batch';

/** What callers do with files and batches, as far as method and path say it. */
export type FileOperation =
  | { readonly kind: Kind; readonly action: 'create' | 'list' }
  | { readonly kind: Kind; readonly action: 'get' | 'delete' | 'content' | 'cancel'; readonly id: string };

/** As OpenAI makes them. */
export const OBJECT_ID = /^[A-Za-z0-9_-]{1,128}$/;

const OF_FILES = /^\/(?:files|batches)(?:\/|$)/;

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ['files', 'file'],
  ['batches', 'batch'],
]);

const OF_ONE: Readonly<Record<Kind, Readonly<Record<string, 'get' | 'delete' | 'content' | 'cancel'>>>> = {
  file: { 'GET ': 'get', 'DELETE ': 'delete', 'GET content': 'content' },
  batch: { 'GET ': 'get', 'POST cancel': 'cancel' },
};

/** @param path below the version */
export function fileOperationAt(method: string, path: string): FileOperation | undefined {
  if (!OF_FILES.test(path)) return undefined;
  const [before, name = '', id, verb = '', ...more] = path.split('/');
  const kind = KINDS.get(name);
  if (before !== '' || !kind || more.length > 0) return undefined;
  if (id === undefined) {
    if (method === 'POST') return { kind, action: 'create' };
    return method === 'GET' ? { kind, action: 'list' } : undefined;
  }
  const asked = `${method} ${verb}`;
  if (!OBJECT_ID.test(id) || !Object.hasOwn(OF_ONE[kind], asked)) return undefined;
  return { kind, action: OF_ONE[kind][asked]!, id };
}

/** Where a provider has it, as OpenAI does. */
export function pathOf(operation: FileOperation): string {
  const place = operation.kind === 'file' ? '/files' : '/batches';
  if (!('id' in operation)) return place;
  const { id, action } = operation;
  return `${place}/${id}${action === 'content' || action === 'cancel' ? `/${action}` : ''}`;
}
