/** What every form of an interaction needs to know. */
export interface FormContext {
  /** The interaction's path, without a slash at its end. */
  readonly path: string;
  readonly csrf: string;
  readonly clientName: string;
  readonly redirectUri: string;
  readonly lang: string;
}
