import { readFile } from 'node:fs/promises';
import { CommandError, EXIT } from './command-error.js';
import { readSecret } from './read-secret.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The key of an AI provider: from where the vendor's own tools have it, too. Undefined: there is none. */
export async function readProviderKey(type: string, environment: Environment): Promise<string | undefined> {
  const variable = `${type.toUpperCase().replaceAll('-', '_')}_API_KEY`;
  if (!environment[variable]) {
    const known = type === 'bedrock' ? awsKey(environment) : undefined;
    if (known !== undefined) return known;
    const path = type === 'vertex' ? environment.GOOGLE_APPLICATION_CREDENTIALS : undefined;
    if (path) return fileAt(path);
  }
  return readSecret(variable, environment);
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html */
function awsKey(environment: Environment): string | undefined {
  const { AWS_BEARER_TOKEN_BEDROCK: bearer, AWS_ACCESS_KEY_ID: id } = environment;
  const { AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = environment;
  if (bearer) return bearer;
  return id && secret ? [id, secret, ...(session ? [session] : [])].join(':') : undefined;
}

/** The key of a service account. @throws CommandError */
async function fileAt(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'it cannot be read';
    throw new CommandError(EXIT.usage, [`GOOGLE_APPLICATION_CREDENTIALS: ${path}: ${why}`]);
  }
}
