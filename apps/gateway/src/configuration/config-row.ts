/** A configuration object as it is stored; what its definition holds, nobody has checked yet. */
export interface ConfigRow {
  readonly id: string;
  /** The plural by which the kind is `@Configured`. */
  readonly kind: string;
  readonly name: string;
  readonly definition: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** The whole configuration as it is stored. */
export interface StoredConfiguration {
  readonly version: string;
  /** By kind and name. A row that nobody wrote since the last read is the very same object. */
  readonly rows: readonly ConfigRow[];
}
