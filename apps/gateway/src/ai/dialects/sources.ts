import type { AudioPart, FilePart, ImagePart, Source } from './chat.js';

/** Bytes, or an address that is not known to one vendor alone. */
export type OpenSource = Exclude<Source, { fileId: string }>;

const DATA_URL = /^data:([^,;]+)(?:;[^,;]*)*;base64,(.*)$/s;

/** What an address stands for: its bytes, where it is a `data:` URL (RFC 2397). */
export function sourceOf(url: string): OpenSource {
  const [, mediaType, data] = DATA_URL.exec(url) ?? [];
  return mediaType === undefined || data === undefined ? { url } : { mediaType, data };
}

export function dataUrl({ data, mediaType }: { readonly data: string; readonly mediaType: string }): string {
  return `data:${mediaType};base64,${data}`;
}

/** An image, a sound or another file: told by its media type, or by its address' extension. */
export function mediaPart(
  source: OpenSource,
  said: Pick<FilePart, 'at' | 'name'>,
): ImagePart | AudioPart | FilePart {
  const type = mediaTypeOf(source) ?? '';
  if (type.startsWith('image/')) return { type: 'image', source, at: said.at };
  if (type.startsWith('audio/')) return { type: 'audio', source, at: said.at };
  return { type: 'file', source, ...said };
}

export function mediaTypeOf(source: Source): string | undefined {
  if ('mediaType' in source && source.mediaType !== undefined) return source.mediaType;
  if (!('url' in source)) return undefined;
  return EXTENSIONS.get(/\.([a-z0-9]+)(?:[?#]|$)/i.exec(source.url)?.[1]?.toLowerCase() ?? '');
}

const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mpeg'],
  ['mp4', 'video/mp4'],
]);

export const UNKNOWN_ID = 'must be bytes or an address: this provider does not know the id';
