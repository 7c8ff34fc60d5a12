import type { Login } from './login-path.js';

/** What the person is told; why in detail is in the log. */
export interface FailureText {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  /** For who mends it; shown, so it must hold no secret. */
  readonly detail?: string;
}

/** The login did not succeed; the person may try again. */
export class LoginFailedError extends Error {
  override readonly name = 'LoginFailedError';

  constructor(
    readonly shown: FailureText,
    /** What they were signing in for, once that is known to be theirs. */
    readonly login?: Login,
  ) {
    super(`${shown.title} ${shown.detail ?? shown.text}`);
  }
}

/** The answer came too late, twice, or into another browser than the one that asked: nobody can tell which. */
export function expiredLogin(): LoginFailedError {
  return new LoginFailedError({
    status: 403,
    title: 'This login has expired.',
    text: 'It took too long, was finished already, or was begun in another browser.',
  });
}

/** They are who they say, and not somebody whom this login lets in. */
export function unwelcome(text: string, login?: Login): LoginFailedError {
  const other = login && { ...login, prompt: 'login' };
  return new LoginFailedError({ status: 403, title: 'You cannot sign in here.', text }, other);
}

/** The provider does not answer, or not as it should. */
export function unavailableLogin(login?: Login): LoginFailedError {
  const text = 'The server that signs people in does not answer as it should. Try again in a moment.';
  return new LoginFailedError({ status: 503, title: 'Signing in does not work just now.', text }, login);
}
