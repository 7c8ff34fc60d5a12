/** What stands behind the address of an agent (A2A 1.0 §8.2). */
export const CARD_SUFFIX = '/.well-known/agent-card.json';

/** Whether it is the card that is asked for: to nothing else is it answered, whoever asks. */
export function isCardRequest({ method, url }: { readonly method: string; readonly url: string }): boolean {
  return method === 'GET' && (url.split('?', 1)[0] ?? '').endsWith(CARD_SUFFIX);
}
