/**
 * Looks at the body of a request while it goes by, as the caller sent it. A guard that answers for the body sets one
 * (`call.bodyCheck`); the end of a body that it refuses never reaches the upstream.
 */
export interface BodyCheck {
  update(chunk: Buffer): void;
  /** @throws Problem when the body is not what it should be */
  end(): void;
}
