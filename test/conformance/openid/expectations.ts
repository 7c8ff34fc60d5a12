import type { Answer } from './answers.js';
import type { Plan } from './plan.js';
import type { Visit } from './visit.js';

const PARTS = [
  ['code', 'code'],
  ['id_token', 'id_token'],
  ['token', 'access_token'],
] as const;

/** A successful answer: by the right channel, with the request's state and the issuer (RFC 9207). */
export function accepted(plan: Plan, { answer, request, page }: Visit): Answer {
  if (!answer)
    throw new Error(`No answer came, but ${page.status} at ${page.url}: ${page.text.slice(0, 300)}`);
  const { responseType, responseMode } = plan.variant;
  expect(answer.members).not.toHaveProperty('error');
  expect(answer.channel).toBe(responseMode ?? (responseType === 'code' ? 'query' : 'fragment'));
  expect(answer.members).toMatchObject({ iss: plan.issuer });
  expect(answer.members.state).toBe(request.state);
  for (const [type, name] of PARTS) expect([type, name in answer.members]).toEqual([type, plan.has(type)]);
  return answer;
}

/** The client was told an error, one of these, and got nothing else; or the person was told, on a page. */
export function expectRefusal(plan: Plan, { answer, request, page }: Visit, errors: readonly string[]): void {
  if (!answer) {
    expect(page.status).toBe(400);
    return;
  }
  const { members } = answer;
  expect(errors).toContain(members.error);
  expect(members.state).toBe(request.state);
  expect(members.iss).toBe(plan.issuer);
  for (const given of ['code', 'id_token', 'access_token']) expect(members).not.toHaveProperty(given);
}
