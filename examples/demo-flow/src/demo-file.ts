import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const demoSchema = z.object({
  issuer: z.url(),
  gateway: z.url(),
  admin: z.object({
    username: z.string(),
    password: z.string(),
    client_id: z.string(),
    client_secret: z.string(),
  }),
  user: z.object({ username: z.string(), password: z.string() }),
  client: z.object({
    client_id: z.string(),
    client_secret: z.string(),
    redirect_uris: z.array(z.url()).min(1),
  }),
  api: z.object({ url: z.url(), audience: z.string(), scopes: z.array(z.string()).min(1) }),
});

/** What the first start of a Gatehouse demo wrote down: addresses and credentials. */
export type Demo = z.infer<typeof demoSchema>;

/**
 * Checks the content of a demo.json.
 * @throws z.ZodError naming each member that is missing or malformed.
 */
export function parseDemo(content: unknown): Demo {
  return demoSchema.parse(content);
}

/**
 * Reads and checks a demo.json.
 * @param path of the file; the launcher writes it to `.data/demo.json`.
 * @throws Error when the file is absent, is no JSON or lacks a member.
 */
export async function readDemoFile(path: string): Promise<Demo> {
  return parseDemo(JSON.parse(await readFile(path, 'utf8')));
}
