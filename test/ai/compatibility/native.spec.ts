import { describeMatrix } from './matrix.js';

describeMatrix('Mistral', 'Ollama');
