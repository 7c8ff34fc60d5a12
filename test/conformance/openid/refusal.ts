import type { Plan } from './plan.js';
import type { Visit } from './relying-party.js';

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
