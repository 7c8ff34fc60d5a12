import type { Client } from '../clients/client.entity.js';
import { PageError } from '../error-pages/page-error.js';
import { wayBack } from '../error-pages/way-back.js';

/** There is no such interaction, or not any more. */
export function expired(): PageError {
  return new PageError(410, {
    title: 'This page has expired',
    text: 'It was open for too long, or was answered already. Go back to the application; if you are not signed in there, sign in again.',
  });
}

/** The interaction is of another browser: nothing of it is shown, but where it came from. */
export function foreign(client: Client | undefined, hasCookie: boolean): PageError {
  const text = hasCookie
    ? 'Sign-in pages work only in the browser in which they were opened. If somebody sent you a link to this page, do not go on. Otherwise go back to the application, and sign in again.'
    : 'Your browser sent no cookie with this request. Allow cookies for this site, or use the browser in which you began. Then go back to the application, and sign in again.';
  return new PageError(403, {
    title: 'This page belongs to another browser',
    text,
    link: client && wayBack(client),
  });
}

/** A post without the token of its form, or from elsewhere. */
export function notFromItsPage(path: string): PageError {
  return new PageError(403, {
    title: 'Nothing was done',
    text: 'The form did not come from its own page, or somebody else has signed in meanwhile. Open the page again, and look whether it still says what you want.',
    link: { href: path, text: 'Open the page again' },
  });
}

/** Another window was faster. */
export function answered(client: Client): PageError {
  return new PageError(409, {
    title: 'This was answered already',
    text: 'The answer was sent from another window. Go back to the application; if you are not signed in there, sign in again.',
    link: wayBack(client),
  });
}
