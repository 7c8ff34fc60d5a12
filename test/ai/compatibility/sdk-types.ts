import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../../..');
const FILE = join(ROOT, 'test/ai/compatibility/samples.ts');

/** The types of the SDKs, as they are on the wire: there, enumerations are texts. */
const PRELUDE = `
import type OpenAI from 'openai';
import type Anthropic from '@anthropic-ai/sdk';
import type * as Google from '@google/genai';
import type * as Mistral from '@mistralai/mistralai/models/components';
import type { ConverseRequest } from '@aws-sdk/client-bedrock-runtime';
type OnWire<T> = T extends string ? \`\${T}\` : T extends Uint8Array ? string : T extends (infer I)[] ? OnWire<I>[] : T extends object ? { [K in keyof T]: OnWire<T[K]> } : T;
type Gemini = OnWire<{
  contents: Google.Content[];
  systemInstruction?: Google.Content;
  tools?: Google.Tool[];
  toolConfig?: Google.ToolConfig;
  generationConfig?: Google.GenerationConfig;
}>;
type Bedrock = OnWire<Omit<ConverseRequest, 'modelId'>>;
/** What its SDK always sends is optional to Mistral. */
type Loosely<T> = T extends (infer I)[] ? Loosely<I>[] : T extends object ? { [K in keyof T]?: Loosely<T[K]> } : T;
type MistralChat = Loosely<Mistral.ChatCompletionRequest$Outbound>;
`;

export interface Sample {
  /** Of the types above. */
  readonly type: string;
  readonly value: unknown;
}

/** What the compiler has to say of values that are said to be of a type of an SDK: members that are unknown or missing, too. */
export function typeFaults(samples: readonly Sample[]): string[] {
  const distinct = [...new Set(samples.map(({ type, value }) => `${type} = ${JSON.stringify(value)};`))];
  const source = PRELUDE + distinct.map((one, index) => `export const sample${index}: ${one}`).join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (name) => name === FILE || fileExists(name);
  host.readFile = (name) => (name === FILE ? source : readFile(name));
  host.getSourceFile = (name, version, ...rest) =>
    name === FILE ? ts.createSourceFile(name, source, version) : getSourceFile(name, version, ...rest);
  const program = ts.createProgram([FILE], options, host);
  return program.getSemanticDiagnostics(program.getSourceFile(FILE)).map((fault) => {
    const { line } = ts.getLineAndCharacterOfPosition(fault.file!, fault.start!);
    const sample = source.split('\n')[line]!.slice(0, 500);
    return `${ts.flattenDiagnosticMessageText(fault.messageText, '\n')}\n${sample}`;
  });
}
