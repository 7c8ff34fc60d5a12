import { SettingsError } from '@gatehouse/config';
import { followUpEntry, runFollowUp } from './follow-up.js';
import { Launcher } from './launcher.js';
import { describe, StartProblem } from './problem.js';
import { readLauncherSettings } from './settings.js';

/** npm passes Ctrl-C on although the terminal has sent it already: what follows within this time is the same one. */
const SAME_SIGNAL_MS = 700;

/** How start.mjs calls the launcher. */
export interface LaunchOptions {
  /** The repository. */
  root: string;
  /** `performance.now()` when the command began. */
  began: number;
  /** Command-line arguments. */
  args: string[];
}

/** Starts everything and stays until it is told to stop; sets the exit code. */
export async function launch({ root, began, args }: LaunchOptions): Promise<void> {
  let launcher: Launcher | undefined;
  try {
    const settings = readLauncherSettings(process.env);
    const followUp = followUpEntry(root, args);
    const followParent = new URL('./follow-parent.js', import.meta.url);
    launcher = new Launcher({ root, began, settings, followParent });
    if (followUp !== undefined && (await launcher.runsAlready())) {
      process.exit(await runFollowUp(followUp, launcher.followUpEnv));
    }
    const interrupted = stopOnSignal(launcher);
    await Promise.race([launcher.start({ quiet: followUp !== undefined }), interrupted]);
    if (followUp !== undefined)
      await finish(launcher, await Promise.race([launcher.runFollowUp(followUp), interrupted]));
    await interrupted;
  } catch (error) {
    console.error(explain(error));
    await finish(launcher, 1);
  }
}

function explain(error: unknown): string {
  if (error instanceof StartProblem || error instanceof SettingsError) return error.message;
  return error instanceof Error ? (error.stack ?? describe(error)) : describe(error);
}

async function finish(launcher: Launcher | undefined, code: number): Promise<never> {
  try {
    await launcher?.stop();
  } catch (error) {
    console.error(explain(error));
    process.exit(1);
  }
  process.exit(code);
}

/** Resolves never: the process exits when all is stopped. */
function stopOnSignal(launcher: Launcher): Promise<never> {
  let first: number | undefined;
  const onSignal = () => {
    const now = Date.now();
    if (first === undefined) {
      first = now;
      console.error('\nStopping … (Ctrl-C again: at once)');
      void finish(launcher, 0);
    } else if (now - first > SAME_SIGNAL_MS) launcher.kill();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  launcher.onDeath = (line) => {
    console.error(line);
    void finish(launcher, 1);
  };
  return new Promise(() => undefined);
}
