import { ArgumentFault } from './encode-parameter.js';

type Piece = { readonly text: string } | { readonly parameter: string };

/** The path of an operation: text that is sent as it is, and parameters. */
export class PathTemplate {
  private readonly pieces: readonly Piece[];

  /** @param declared the names of its parameters @throws Error when it cannot be sent */
  constructor(template: string, declared: ReadonlySet<string>) {
    if (!/^\/[!-~]*$/.test(template) || /[?#\\]/.test(template))
      throw new Error(`The path ${template} is none`);
    // Every other piece is what a pair of braces holds.
    this.pieces = template
      .split(/\{([^{}]*)\}/)
      .map((piece, index) => (index % 2 === 0 ? { text: piece } : { parameter: piece }));
    for (const piece of this.pieces) {
      if ('parameter' in piece && !declared.has(piece.parameter))
        throw new Error(`The path has {${piece.parameter}}, which is no parameter`);
    }
    if (hasDots(this.joined(() => 'x'))) throw new Error(`The path ${template} leads elsewhere`);
  }

  /** @param textOf the encoded value of a parameter @throws ArgumentFault where it would lead to another path */
  fill(textOf: (parameter: string) => string): string {
    const path = this.joined(textOf);
    // Two parameters of one segment may be dots only together.
    if (hasDots(path)) throw new ArgumentFault('must not make a segment of dots');
    return path;
  }

  private joined(textOf: (parameter: string) => string): string {
    return this.pieces.map((one) => ('text' in one ? one.text : textOf(one.parameter))).join('');
  }
}

function hasDots(path: string): boolean {
  return path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}
