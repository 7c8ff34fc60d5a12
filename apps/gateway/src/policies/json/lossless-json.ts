import { randomUUID } from 'node:crypto';
import { readJson } from './read-json.js';

/** JSON that is changed and written again without a number losing what a double cannot hold. */
export interface LosslessJson {
  value: unknown;
  write(): Buffer;
}

/**
 * Numbers that a double cannot hold are texts while the value is worked on: behind a mark that nobody can foresee, so that
 * no text of the body is taken for one.
 * @throws JsonError
 */
export function openJson(body: Buffer): LosslessJson {
  const { text, value, inexact } = readJson(body);
  if (inexact.length === 0) {
    return {
      value,
      write() {
        return Buffer.from(JSON.stringify(this.value));
      },
    };
  }
  const mark = `${randomUUID()}:`;
  let marked = '';
  let at = 0;
  for (const [start, end] of inexact) {
    marked += `${text.slice(at, start)}"${mark}${text.slice(start, end)}"`;
    at = end;
  }
  const numbers = new RegExp(`"${mark}([0-9.eE+-]+)"`, 'g');
  return {
    value: JSON.parse(marked + text.slice(at)),
    write() {
      return Buffer.from(JSON.stringify(this.value).replace(numbers, '$1'));
    },
  };
}
