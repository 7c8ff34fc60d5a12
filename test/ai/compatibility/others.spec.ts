import { describeMatrix } from './matrix.js';

describeMatrix('Anthropic', 'Gemini');
