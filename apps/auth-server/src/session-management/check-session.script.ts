/**
 * What the OP iframe does (OpenID Connect Session Management §3.2): an application posts its client_id and session_state,
 * and hears whether the login is still the same. Runs in a browser; `COOKIE` stands for the cookie's name.
 */
export const CHECK_SESSION_SCRIPT = `
addEventListener('message', async (event) => {
  const answer = (text) => event.source.postMessage(text, event.origin);
  const space = typeof event.data === 'string' ? event.data.lastIndexOf(' ') : -1;
  const sessionState = space < 1 ? '' : event.data.slice(space + 1);
  const salt = sessionState.split('.')[1];
  if (!salt) return answer('error');
  const pair = document.cookie.split('; ').find((one) => one.startsWith('COOKIE='));
  const state = pair ? pair.slice('COOKIE='.length) : '';
  const text = event.data.slice(0, space) + ' ' + event.origin + ' ' + state + ' ' + salt;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const hash = btoa(String.fromCharCode(...digest)).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=/g, '');
  answer(hash + '.' + salt === sessionState ? 'unchanged' : 'changed');
});
`;
