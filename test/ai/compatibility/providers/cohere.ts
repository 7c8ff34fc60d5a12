import { cohereAnswer, cohereStream, readCohereRequest } from '../../../gateway/ai/cohere-wire.js';
import { chatAnswer, chatEvents, heardAs } from './chat-form.js';
import type { Wire } from './provider.js';

/** That its own client sends the same is shown where the dialect is. https://docs.cohere.com/reference/chat */
export const cohere: Wire = {
  counts: { cached: true, reasoning: false },
  whole: (answer) => cohereAnswer(chatAnswer(answer)),
  stream: (answer) => cohereStream(chatEvents(answer)),
  error: (_, message) => ({ id: '1', message }),
  heard: ({ json }) => ({
    ...heardAs(readCohereRequest(json as never, String(json.model)), json),
    thinks: json.thinking !== undefined,
  }),
};
