import { anthropicCallers } from './callers/anthropic.js';
import { geminiCallers } from './callers/gemini.js';
import { describeMatrix } from './matrix.js';

describeMatrix({ Anthropic: anthropicCallers, Gemini: geminiCallers });
