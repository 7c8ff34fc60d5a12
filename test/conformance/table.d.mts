/** See table.mjs. */
export interface Row {
  readonly section: string;
  readonly requirement: string;
  readonly tests: readonly { readonly name: string; readonly file: string }[];
  readonly reason?: string;
  readonly line: number;
}

export interface Table {
  readonly name: string;
  readonly all: number;
  readonly covered: number;
  readonly uncovered: number;
  readonly rows: readonly Row[];
}

export interface Result {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

export function readTables(page: string): {
  total: Omit<Table, 'rows'> | undefined;
  tables: Table[];
  faults: string[];
};

export function resultFaults(tables: readonly Table[], results: readonly Result[], root: string): string[];
