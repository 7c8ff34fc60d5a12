import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '../../config.js';
import { Program } from './program.js';
import { readProgramFile } from './program-file.js';

/**
 * Programs that are MCP servers. What is run is in a file of whoever runs the gateway, and nowhere else: who may write the
 * configuration may not run programs (LiteLLM CVE-2026-30623).
 */
@Injectable()
export class Programs implements OnApplicationShutdown {
  private readonly programs: ReadonlyMap<string, Program>;

  constructor(@Inject(CONFIG) { mcpStdioFile }: Config) {
    const known = [...readProgramFile(mcpStdioFile)];
    this.programs = new Map(known.map(([name, definition]) => [name, new Program(name, definition)]));
  }

  get(name: string): Program | undefined {
    return this.programs.get(name);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.programs.values()].map((one) => one.stop()));
  }
}
