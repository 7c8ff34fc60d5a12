import type { CallerDialectName } from '../dialects/dialect.js';
import type { JsonObject } from '../../wire/json.js';

/** The models that a caller may name, as its dialect lists them; all on one page. */
export function listModels(names: readonly string[], dialect: CallerDialectName): JsonObject {
  const all = names.map((name) => describeModel(name, dialect));
  if (dialect === 'gemini') return { models: all };
  if (dialect === 'ollama') return { models: all };
  if (dialect !== 'anthropic') return { object: 'list', data: all };
  return { data: all, has_more: false, first_id: names[0] ?? null, last_id: names.at(-1) ?? null };
}

/** Its age is nobody's business: it is a name for whatever stands behind it now. */
export function describeModel(name: string, dialect: CallerDialectName): JsonObject {
  if (dialect === 'anthropic') {
    return { type: 'model', id: name, display_name: name, created_at: '1970-01-01T00:00:00Z' };
  }
  if (dialect === 'gemini') {
    const methods = ['generateContent', 'countTokens', 'embedContent'];
    return { name: `models/${name}`, displayName: name, supportedGenerationMethods: methods };
  }
  if (dialect === 'ollama') return { ...OLLAMA_MODEL, name, model: name };
  return { id: name, object: 'model', created: 0, owned_by: 'gatehouse' };
}

/** What Ollama tells of files, of which there are none here. */
const OLLAMA_MODEL: JsonObject = {
  modified_at: '1970-01-01T00:00:00Z',
  size: 0,
  digest: '',
  details: {
    parent_model: '',
    format: '',
    family: '',
    families: [],
    parameter_size: '',
    quantization_level: '',
  },
};
