/** Lines of equal columns; the first is to the left, the others to the right. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}

/** How fast each target was. */
export function speedRows(summaries) {
  const rows = Object.entries(summaries).map(([name, one]) => [
    name,
    `${whole(one.perSecond.median)}/s`,
    `${whole(one.perSecond.min)}–${whole(one.perSecond.max)}`,
    `${whole(one.perProcessorSecond.median)}`,
    `${Math.round(100 * one.coreShare.median)} %`,
    `${one.p99.median.toFixed(1)} ms`,
    String(one.errors),
  ]);
  return [['', 'median', 'min–max', 'per CPU second', 'core used', 'p99', 'errors'], ...rows];
}

/** What was aimed at, what was found. */
export function aimRows(aims) {
  const rows = aims.map(({ name, aim, found, range, pass }) => [
    name,
    found,
    range ?? '',
    aim ?? '',
    pass === undefined ? '' : pass ? 'PASS' : 'MISS',
  ]);
  return [['', 'found', 'min–max', 'aim', ''], ...rows];
}

function whole(value) {
  return Math.round(value).toLocaleString('en-US').replaceAll(',', ' ');
}
