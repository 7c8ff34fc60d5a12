import type { AiError } from './chat.js';

export const CUT: AiError = {
  status: 502,
  message: 'The provider’s stream ended before the answer did',
  code: 'upstream_stream_cut',
};

export const UNREADABLE: AiError = {
  status: 502,
  message: 'The provider sent an event that cannot be read',
  code: 'upstream_answer_unreadable',
};
