import { Problem, type ProblemOptions } from '@gatehouse/http';

interface AiProblemOptions extends ProblemOptions {
  /** The member of the request that is wrong, as a JSON pointer. */
  readonly pointer?: string | undefined;
  /** What the provider said, in the caller's own dialect: told as it is. */
  readonly said?: Buffer | undefined;
}

/** An error of an AI call, for programs, too. */
export class AiProblem extends Problem {
  readonly pointer: string | undefined;
  readonly said: Buffer | undefined;

  /** @param code one of a few, as SDKs and metrics know it */
  constructor(
    status: number,
    detail: string,
    readonly code: string,
    options: AiProblemOptions = {},
  ) {
    super(status, detail, options);
    this.pointer = options.pointer;
    this.said = options.said;
  }
}
