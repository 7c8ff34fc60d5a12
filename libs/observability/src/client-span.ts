import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';

/** How a request to another server ended. */
export interface SpanEnd {
  /** Undefined: well. */
  readonly errorType: string | undefined;
  readonly attributes?: Attributes;
}

/** Something that is asked of another server, while it is under way: what is sent for it names it as parent. */
export class ClientSpan {
  private constructor(
    private readonly span: Span,
    private readonly own: Context,
  ) {}

  /**
   * Begins one in the trace in which this runs.
   * @param carrier fields of W3C Trace Context that came with what is asked for. Where they name another trace, the span belongs
   *   to that, with a link to the one in which this runs
   * @returns undefined while nothing is traced
   */
  static begin(
    name: string,
    attributes: Attributes,
    carrier: Readonly<Record<string, string>> = {},
  ): ClientSpan | undefined {
    const here = trace.getActiveSpan()?.spanContext();
    if (!here) return undefined;
    const said = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier));
    const other = said && isSpanContextValid(said) && said.traceId !== here.traceId ? said : undefined;
    const parent = other ? trace.setSpanContext(context.active(), other) : context.active();
    const options = { kind: SpanKind.CLIENT, attributes, links: other ? [{ context: here }] : [] };
    const span = trace.getTracer('gatehouse').startSpan(name, options, parent);
    return new ClientSpan(span, trace.setSpan(parent, span));
  }

  /** What comes of a request, step by step: whatever is sent meanwhile is sent within the span. */
  async *during<Value>(work: AsyncIterable<Value>): AsyncGenerator<Value> {
    const iterator = this.within(() => work[Symbol.asyncIterator]());
    let isOver = false;
    try {
      for (;;) {
        const step = await this.within(() => iterator.next());
        isOver = step.done === true;
        if (step.done) return;
        yield step.value;
      }
    } catch (error) {
      isOver = true;
      throw error;
    } finally {
      if (!isOver) await this.within(() => iterator.return?.());
    }
  }

  end({ errorType, attributes = {} }: SpanEnd): void {
    this.span.setAttributes(attributes);
    if (errorType !== undefined) {
      this.span.setAttribute('error.type', errorType);
      this.span.setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }

  private within<Result>(work: () => Result): Result {
    return context.with(this.own, work);
  }
}
