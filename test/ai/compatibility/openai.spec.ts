import { openAiChatCallers } from './callers/openai-chat.js';
import { openAiResponsesCallers } from './callers/openai-responses.js';
import { describeMatrix } from './matrix.js';

describeMatrix({ 'OpenAI chat': openAiChatCallers, 'OpenAI responses': openAiResponsesCallers });
