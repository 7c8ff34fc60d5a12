/** By which answers can be purged. */
export interface AnswerAbout {
  readonly route: string;
  readonly model: string;
  /** Who shares it. */
  readonly owner: string;
}

export type PurgeTarget = { readonly [Name in keyof AnswerAbout]?: string | undefined };

export interface Found {
  readonly text: string | undefined;
  /** Another one after each purge: what was asked before it is not kept after it. */
  readonly epoch: string;
}

/** Where answers are kept: as much as there is room for. */
export interface AnswerStore {
  /** @throws StoreUnavailableError */
  get(key: string): Promise<Found>;
  /** @param epoch as it was when the answer was not found @throws StoreUnavailableError */
  put(key: string, text: string, ttlMs: number, about: AnswerAbout, epoch: string): Promise<void>;
  /** Forgets those that fit all that is given. @returns how many @throws StoreUnavailableError */
  purge(target: PurgeTarget): Promise<number>;
}
