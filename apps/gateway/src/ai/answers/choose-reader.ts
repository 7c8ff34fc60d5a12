import type { AnswerFields } from '../calls/answer-fields.js';
import type { Speaker } from '../calls/error-answer.js';
import type { StopReason } from '../dialects/chat.js';
import { type CallerDialect, UnreadableAnswer } from '../dialects/dialect.js';
import { isObject, type JsonObject, textOf } from '../../wire/json.js';
import { callerEmbeddings } from '../embeddings/by-dialect.js';
import type { OperationName } from '../operations/operation.js';
import type { Asked } from '../requests/asked.js';
import type { Outgoing } from '../requests/outgoing.js';
import type { AnswerReader, AnswerSink, ProviderHead } from './answer-reader.js';
import { ConvertedStream } from './converted-stream.js';
import { PassedStream } from './passed-stream.js';
import { RawAnswer } from './raw-answer.js';
import { RefusalAnswer } from './refusal-answer.js';
import { parserOf, streamTypeOf } from './stream-form.js';
import type { StreamWatch } from './streamed-answer.js';
import { WholeAnswer } from './whole-answer.js';

interface Surroundings {
  readonly asked: Asked;
  readonly outgoing: Outgoing;
  readonly sink: AnswerSink;
  readonly watch: StreamWatch;
  readonly speaker: Speaker;
}

/** How an answer is read, by its head. */
export function answerReader(
  head: ProviderHead,
  { asked, outgoing, sink, watch, speaker }: Surroundings,
): AnswerReader {
  if (head.status < 200 || head.status > 299) return new RefusalAnswer(sink, speaker, head);
  const contentType = head.headers.get('content-type') ?? '';
  const { operation, dialect } = asked;
  const isChat = operation.name === 'chat';
  if (operation.name === 'speech') return new RawAnswer(sink, contentType);
  const isText = TRANSCRIBED.has(operation.name) && !asked.stream && !contentType.includes('json');
  if (isText) return new RawAnswer(sink, contentType);
  if (asked.stream && !contentType.includes('json')) {
    if (outgoing.isConverted) {
      const from = outgoing.dialect;
      return new ConvertedStream(sink, watch, {
        parser: parserOf(from),
        reader: from.reader(outgoing.request.model),
        writer: dialect.writer(asked.chat),
        type: streamTypeOf(dialect),
      });
    }
    const { hidesUsage } = outgoing;
    return new PassedStream(sink, watch, { dialect, isChat, hidesUsage, contentType });
  }
  return new WholeAnswer(sink, (body, bytes) => {
    // Whoever asked for a stream cannot read anything else.
    if (asked.stream) throw new UnreadableAnswer('no stream');
    if (!outgoing.isConverted) return passed(body, bytes, asked, watch);
    if (outgoing.embeddings) return vectors(body, head.headers, { asked, outgoing, watch });
    return converted(body, asked, outgoing, watch);
  });
}

/** What was said, as JSON, or as a text with its times or without. */
const TRANSCRIBED: ReadonlySet<OperationName> = new Set(['transcriptions', 'translations']);

function converted(body: JsonObject, { chat, dialect }: Asked, from: Outgoing, watch: StreamWatch): Buffer {
  const answer = from.dialect.readAnswer(body, from.request.model);
  watch.see({ type: 'start', id: answer.id, model: answer.model });
  if (answer.usage) watch.see({ type: 'usage', usage: answer.usage, tiers: answer.tiers });
  watch.see({ type: 'stop', candidate: 0, stop: answer.candidates[0]!.stop });
  return Buffer.from(JSON.stringify(dialect.writeAnswer(answer, chat)));
}

/** @throws UnreadableAnswer */
function vectors(
  body: JsonObject,
  headers: Pick<AnswerFields, 'get'>,
  { asked, outgoing, watch }: Pick<Surroundings, 'asked' | 'outgoing' | 'watch'>,
): Buffer {
  const request = asked.embeddings!;
  const answer = outgoing.embeddings!.read(body, headers);
  if (answer.vectors.length !== request.inputs.length)
    throw new UnreadableAnswer('not as many vectors as texts');
  watch.see({ type: 'usage', usage: answer.usage });
  const written = callerEmbeddings(asked.operation)!.write(answer, request, outgoing.request.model);
  return Buffer.from(JSON.stringify(written));
}

function passed(body: JsonObject, bytes: Buffer, { dialect, operation }: Asked, watch: StreamWatch): Buffer {
  const model = textOf(body.model) ?? textOf(body.modelVersion);
  if (model !== undefined) watch.see({ type: 'start', id: '', model });
  const usage = dialect.usageOf(body);
  if (usage) watch.see({ type: 'usage', usage, tiers: dialect.tiersOf?.(body) });
  const stop = operation.name === 'chat' ? stopOf(body, dialect) : undefined;
  if (stop) watch.see({ type: 'stop', candidate: 0, stop });
  return bytes;
}

/** What only we cannot read, the caller may; an error is none of that. @throws UnreadableAnswer */
function stopOf(body: JsonObject, dialect: CallerDialect): StopReason | undefined {
  try {
    return dialect.readAnswer(body).candidates[0]?.stop;
  } catch (error) {
    if (!(error instanceof UnreadableAnswer) || isObject(body.error)) throw error;
    return undefined;
  }
}
