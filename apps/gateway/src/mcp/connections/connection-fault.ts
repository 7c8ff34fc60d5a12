/** Why an account cannot be connected: what is shown to users and administrators, without any secret. */
export class ConnectionFault extends Error {
  override readonly name = 'ConnectionFault';
}

/** The answer came too late, twice, or into another browser than the one that asked: nobody can tell which. */
export function expiredConnection(): ConnectionFault {
  return new ConnectionFault('It took too long, was finished already, or was begun in another browser.');
}
