import type {
  AssistantPart,
  ChatMessage,
  ChatRequest,
  FilePart,
  ImagePart,
  ReasoningPart,
  Said,
  TextPart,
  ToolResultPart,
  UserPart,
} from '../chat.js';
import { DialectError } from '../dialect.js';
import { joinedMessages } from '../joined-messages.js';
import type { Losses } from '../losses.js';
import { mediaTypeOf } from '../sources.js';
import type { JsonObject } from '../../../wire/json.js';
import { familyOf } from './family.js';

/** @throws DialectError */
export function writeMessages(request: ChatRequest, losses: Losses): JsonObject[] {
  const write = new ContentWriter(request, losses);
  return joinedMessages(
    request.messages,
    (message) => write.contentOf(message),
    ({ toolResult }) => toolResult !== undefined,
  );
}

/** A block without text is refused. */
export function writeText(part: TextPart, request: ChatRequest, losses: Losses): JsonObject[] {
  return part.text.trim() === '' ? [] : [{ text: part.text }, ...cachePoint(part, request, losses)];
}

/** A block of its own, behind all that is to be remembered; Claude and Nova alone know it. */
export function cachePoint(part: Said, { model }: ChatRequest, losses: Losses): JsonObject[] {
  if (!part.cacheHint) return [];
  const family = familyOf(model);
  if (family === 'claude') return [{ cachePoint: { type: 'default', ttl: part.cacheHint.ttl } }];
  if (family === 'nova' || family === 'nova_2') return [{ cachePoint: { type: 'default' } }];
  losses.ignorePart(part);
  return [];
}

class ContentWriter {
  /** Documents have names of their own. */
  private documents = 0;

  constructor(
    private readonly request: ChatRequest,
    private readonly losses: Losses,
  ) {}

  contentOf(message: Exclude<ChatMessage, { role: 'system' }>): JsonObject[] {
    switch (message.role) {
      case 'user':
        return message.parts.flatMap((part) => this.user(part));
      case 'assistant':
        return message.parts.flatMap((part) => this.assistant(part));
      case 'tool':
        return message.parts.flatMap((part) => this.result(part));
    }
  }

  private user(part: UserPart): JsonObject[] {
    switch (part.type) {
      case 'text':
        return writeText(part, this.request, this.losses);
      case 'image':
        return [this.image(part), ...this.cachePoint(part)];
      case 'file':
        return [this.document(part), ...this.cachePoint(part)];
      case 'audio':
        throw DialectError.at(part.at, 'must not be audio: this provider does not listen');
    }
  }

  private image(part: ImagePart): JsonObject {
    if (part.detail && part.detail !== 'auto') this.losses.ignorePart(part);
    const { data, mediaType } = bytesOf(part);
    const format = IMAGES.get(mediaType);
    if (!format) throw DialectError.at(part.at, 'must be PNG, JPEG, GIF or WebP for this provider');
    return { image: { format, source: { bytes: data } } };
  }

  /** Its name is read by the model, and must not tell it anything. */
  private document(part: FilePart): JsonObject {
    const { data, mediaType } = bytesOf(part);
    const format = DOCUMENTS.get(mediaType);
    if (!format)
      throw DialectError.at(
        part.at,
        `must be one of ${[...DOCUMENTS.values()].join(', ')} for this provider`,
      );
    if (part.name !== undefined) this.losses.ignorePart(part);
    return { document: { format, name: `document ${++this.documents}`, source: { bytes: data } } };
  }

  private assistant(part: AssistantPart): JsonObject[] {
    switch (part.type) {
      case 'text':
        return writeText(part, this.request, this.losses);
      case 'refusal':
        return [{ text: part.text }];
      case 'tool_call': {
        const { id, name, arguments: input } = part;
        return [{ toolUse: { toolUseId: callId(id), name, input } }, ...this.cachePoint(part)];
      }
      case 'reasoning':
        return this.reasoning(part);
    }
  }

  private reasoning(part: ReasoningPart): JsonObject[] {
    const isOwn =
      part.by === 'anthropic' && part.signature !== undefined && familyOf(this.request.model) === 'claude';
    if (!isOwn) {
      this.losses.ignorePart(part);
      return [];
    }
    if (part.redacted) return [{ reasoningContent: { redactedContent: part.signature } }];
    return [{ reasoningContent: { reasoningText: { text: part.text, signature: part.signature } } }];
  }

  private result(part: ToolResultPart): JsonObject[] {
    const content = part.parts
      .flatMap((one) => this.user(one))
      .filter(({ cachePoint: point }) => point === undefined);
    const status = part.isError === undefined ? undefined : part.isError ? 'error' : 'success';
    return [{ toolResult: { toolUseId: callId(part.callId), content, status } }, ...this.cachePoint(part)];
  }

  private cachePoint(part: Said): JsonObject[] {
    return cachePoint(part, this.request, this.losses);
  }
}

function bytesOf({ source, at }: ImagePart | FilePart): {
  readonly data: string;
  readonly mediaType: string;
} {
  if ('data' in source) return { data: source.data, mediaType: mediaTypeOf(source)! };
  throw DialectError.at(at, 'must be bytes: this provider fetches nothing');
}

/** Ids of other providers may have characters that Bedrock refuses. */
function callId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_');
}

const IMAGES: ReadonlyMap<string, string> = new Map([
  ['image/png', 'png'],
  ['image/jpeg', 'jpeg'],
  ['image/jpg', 'jpeg'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
]);

const DOCUMENTS: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'pdf'],
  ['text/csv', 'csv'],
  ['text/html', 'html'],
  ['text/plain', 'txt'],
  ['text/markdown', 'md'],
  ['application/msword', 'doc'],
  ['application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'docx'],
  ['application/vnd.ms-excel', 'xls'],
  ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'xlsx'],
]);
