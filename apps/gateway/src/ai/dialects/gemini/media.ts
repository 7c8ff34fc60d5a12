import type { FilePart, UserPart } from '../chat.js';
import { DialectError } from '../dialect.js';
import type { JsonObject } from '../../../wire/json.js';
import { mediaPart, mediaTypeOf, UNKNOWN_ID } from '../sources.js';
import type { Part } from './request-schema.js';

export function readMedia(
  { inlineData, fileData }: Pick<Part, 'inlineData' | 'fileData'>,
  at: string,
): UserPart[] {
  if (inlineData) {
    const { data, mimeType, displayName } = inlineData;
    return [mediaPart({ data, mediaType: mimeType }, { at, name: displayName ?? undefined })];
  }
  if (!fileData) return [];
  const { fileUri, mimeType, displayName } = fileData;
  return [
    mediaPart({ url: fileUri, mediaType: mimeType ?? undefined }, { at, name: displayName ?? undefined }),
  ];
}

/** @throws DialectError */
export function writeMedia({ source, at, name }: Pick<FilePart, 'source' | 'at' | 'name'>): JsonObject {
  if ('data' in source)
    return { inlineData: { mimeType: source.mediaType, data: source.data, displayName: name } };
  if ('url' in source)
    return { fileData: { mimeType: mediaTypeOf(source), fileUri: source.url, displayName: name } };
  throw DialectError.at(at, UNKNOWN_ID);
}
