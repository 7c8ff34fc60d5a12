import { portkeyHeaders } from './portkey.mjs';
import { chatRequest } from './shapes.mjs';
import { MODELS } from './stage.mjs';

const PATH = '/v1/chat/completions';
const AIM = 5;

/** The cases: what is loaded side by side, and which ratios are told. */
export function casesOf(stage) {
  return {
    whole: caseOf(stage, 'whole', { type: 'openai', stream: false }),
    stream: caseOf(stage, '50 tokens', { type: 'openai', stream: true }),
    converted: caseOf(stage, 'converted', { type: 'anthropic', stream: false }),
    'converted-stream': caseOf(stage, '50 tokens, converted', { type: 'anthropic', stream: true }),
  };
}

function caseOf(stage, label, what) {
  const { full, open, portkey, bare, direct } = targetsOf(stage, what);
  const names = {
    full: `${label}: gateway with auth, budget and records`,
    open: `${label}: gateway with nothing on`,
    portkey: `${label}: Portkey`,
    bare: `${label}: bare undici proxy`,
    direct: `${label}: no gateway`,
  };
  const targets = { [names.full]: full, [names.open]: open, [names.portkey]: portkey };
  const ratios = [
    [names.full, names.portkey, AIM],
    [names.open, names.portkey],
  ];
  // Nobody but a gateway converts.
  if (what.type === 'openai') {
    Object.assign(targets, { [names.bare]: bare, [names.direct]: direct });
    ratios.push([names.bare, names.portkey]);
  }
  return { targets, ratios };
}

/** Who answers the same request. Callers speak OpenAI's dialect; the provider speaks that of its type. */
export function targetsOf({ full, open, portkey, bare, provider, authorizations }, { type, stream }) {
  const headers = { 'content-type': 'application/json' };
  const post = { body: chatRequest(MODELS[type], stream), headers };
  const to = (one, more = {}) => ({
    ...one,
    url: one.url + PATH,
    authorizations,
    post: { ...post, ...more },
  });
  return {
    full: to(full),
    open: to(open),
    portkey: to(portkey, { headers: { ...headers, ...portkeyHeaders(type, `${provider.url}/v1`) } }),
    bare: to(bare),
    direct: to(provider),
  };
}
