import type { ErrorPage } from '@gatehouse/pages';

/** What a person did cannot go on; they get a page that says why (`PageErrorFilter`). */
export class PageError extends Error {
  override readonly name = 'PageError';

  constructor(
    readonly status: number,
    readonly page: ErrorPage,
  ) {
    super(page.title);
  }
}
