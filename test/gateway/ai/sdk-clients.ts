import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { chunked } from './chunks.js';

// The providers' own SDKs, answered without a network: what they make of an answer is what callers get.

export type Answer = object | string;

type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** An object is an answer in JSON, a text is a stream, which comes in small pieces. */
function answering(answer: Answer, status = 200): Fetch {
  return async () => {
    if (typeof answer !== 'string') return Response.json(answer, { status });
    return new Response(ReadableStream.from(chunked(answer, 7)), {
      status,
      headers: { 'content-type': 'text/event-stream' },
    });
  };
}

export function openAiAnswered(answer: Answer, status?: number): OpenAI {
  return new OpenAI({ apiKey: 'test', maxRetries: 0, fetch: answering(answer, status) });
}

export function anthropicAnswered(answer: Answer, status?: number): Anthropic {
  return new Anthropic({ apiKey: 'test', maxRetries: 0, fetch: answering(answer, status) });
}

export function geminiAnswered(answer: Answer, status?: number): GoogleGenAI {
  return new GoogleGenAI({ apiKey: 'test', httpOptions: { fetch: answering(answer, status) as never } });
}
