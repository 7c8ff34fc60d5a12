import { DiscoveryService } from '@nestjs/core';

/** A capability's own rows that are of no use any more. Put `@ExpiredRows()` on a provider of any module. */
export interface ExpiredRowsSource {
  /**
   * DELETE statements, in their order. Each removes `$1` rows at most, found by an index, and is run again while there
   * are more.
   */
  readonly expired: readonly string[];
}

/** Marks an `ExpiredRowsSource`. */
export const ExpiredRows = DiscoveryService.createDecorator();
