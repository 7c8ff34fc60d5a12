import { readConverse } from '../../../gateway/ai/bedrock-requests.js';
import { converseAnswer, converseStream } from '../../../gateway/ai/bedrock-wire.js';
import { chatAnswer, chatEvents, heardAs } from './chat-form.js';
import type { Wire } from './provider.js';

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const bedrock: Wire = {
  requestType: 'Bedrock',
  counts: { cached: true, reasoning: false },
  whole: (answer) => converseAnswer(chatAnswer(answer)),
  stream: (answer) => converseStream(chatEvents(answer)),
  beginning: (answer) => {
    const events = chatEvents(answer);
    const first = events.findIndex(({ type }) => type === 'delta');
    return converseStream(events.slice(0, first + 1));
  },
  streamType: 'application/vnd.amazon.eventstream',
  error: (_, message) => ({ message }),
  heard: ({ path, json }) => {
    const [, model, operation] = /^\/model\/([^/]+)\/([a-z-]+)$/.exec(path)!;
    const heard = heardAs(readConverse(json as never, decodeURIComponent(model!)), json);
    return {
      ...heard,
      stream: operation === 'converse-stream',
      thinks: 'additionalModelRequestFields' in json || heard.thinks,
    };
  },
};
