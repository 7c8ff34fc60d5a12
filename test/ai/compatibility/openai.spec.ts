import { describeMatrix } from './matrix.js';

describeMatrix('OpenAI chat', 'OpenAI responses');
