export interface Cell {
  readonly caller: string;
  readonly provider: string;
  readonly feature: string;
  readonly file: string;
  readonly isRefused: boolean;
  readonly sdks: readonly string[];
}
interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}
export const BEGIN: string;
export const END: string;
export function readCells(
  results: readonly Results[],
  root: string,
): { readonly cells: readonly Cell[]; readonly faults: readonly string[] };
export function writeTables(cells: readonly Cell[], order: readonly string[]): string;
export function withTables(page: string, tables: string): string;
