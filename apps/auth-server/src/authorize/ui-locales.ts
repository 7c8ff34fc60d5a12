/** The language the pages are written in. */
export const UI_LOCALES = ['en'];

/** RFC 5646 §2.1, as far as it matters here. */
const ENGLISH = /^en(-[a-z0-9]{1,8}){0,5}$/i;

/**
 * The `lang` of the pages by `ui_locales` (OpenID Connect Core §3.1.2.1): the kind of English that is preferred. Other
 * languages are not spoken here, and a page must not say that it is in one (WCAG 3.1.1).
 */
export function readLang(uiLocales: string | undefined): string {
  return (uiLocales ?? '').split(' ').find((tag) => ENGLISH.test(tag)) ?? 'en';
}
