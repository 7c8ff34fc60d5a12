/** See build.mjs. */
export function ensureBuilt(root: string, options?: { onBuild?: () => void }): Promise<string | undefined>;
