/** See build.mjs. */
export function ensureBuilt(
  root: string,
  options?: { onBuild?: () => void; retry?: boolean },
): Promise<string | undefined>;
