import { type Document, step } from '../../policies/validate/openapi-document.js';

/** An operation of a document. */
export interface FoundOperation {
  /** In upper case. */
  readonly method: string;
  /** The template, such as `/orders/{id}`. */
  readonly path: string;
  /** Where the path's own members stand, behind references, and those of the operation. */
  readonly pathPointer: string;
  readonly pointer: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** What a tool can send: `TRACE` and `CONNECT` are for nobody's models. */
const METHODS = ['get', 'head', 'query', 'post', 'put', 'patch', 'delete', 'options'];

/** @param wanted an `operationId`, or `GET /path` @throws Error when there is none, or more than one */
export function findOperation(wanted: string, document: Document): FoundOperation {
  const [, method, path] = /^([A-Za-z]+) (\/.*)$/.exec(wanted) ?? [];
  const found =
    path === undefined
      ? byId(wanted, document)
      : at(path, document).filter((one) => one.method === method!.toUpperCase());
  if (found.length === 0) throw new Error('is no operation of the document');
  if (found.length > 1) throw new Error('is more than one operation of the document: give method and path');
  return found[0]!;
}

function byId(id: string, document: Document): FoundOperation[] {
  const paths = Object.keys((document.root.paths as object | undefined) ?? {});
  return paths.flatMap((path) => at(path, document)).filter(({ value }) => value.operationId === id);
}

function at(path: string, document: Document): FoundOperation[] {
  if (!Object.hasOwn((document.root.paths as object | undefined) ?? {}, path)) return [];
  const { value: item, pointer } = document.at(`/paths${step(path)}`);
  return METHODS.flatMap((method) => {
    const value = item[method];
    if (typeof value !== 'object' || value === null) return [];
    return [
      {
        method: method.toUpperCase(),
        path,
        pathPointer: pointer,
        pointer: `${pointer}/${method}`,
        value: value as Record<string, unknown>,
      },
    ];
  });
}
