import { Injectable } from '@nestjs/common';
import { AiProvider } from './ai-provider.js';
import { OpenAiCompatibleProvider } from './openai-compatible.provider.js';
import { OllamaProvider } from './ollama.provider.js';
import { OpenAiShaped } from './openai-shaped.js';

// Whoever took over OpenAI's API as it is: all there is to say is where.

@Injectable()
@AiProvider('groq')
export class GroqProvider extends OpenAiShaped {
  readonly baseUrl = 'https://api.groq.com/openai/v1';
  readonly pricedAs = 'groq';
}

@Injectable()
@AiProvider('together')
export class TogetherProvider extends OpenAiShaped {
  readonly baseUrl = 'https://api.together.xyz/v1';
  readonly pricedAs = 'together';
}

@Injectable()
@AiProvider('deepseek')
export class DeepSeekProvider extends OpenAiShaped {
  readonly baseUrl = 'https://api.deepseek.com/v1';
  readonly pricedAs = 'deepseek';
}

@Injectable()
@AiProvider('xai')
export class XaiProvider extends OpenAiShaped {
  readonly baseUrl = 'https://api.x.ai/v1';
  readonly pricedAs = 'x-ai';
}

@Injectable()
@AiProvider('openrouter')
export class OpenRouterProvider extends OpenAiShaped {
  readonly baseUrl = 'https://openrouter.ai/api/v1';
  readonly pricedAs = 'openrouter';
}

@Injectable()
@AiProvider('perplexity')
export class PerplexityProvider extends OpenAiShaped {
  readonly baseUrl = 'https://api.perplexity.ai';
  readonly pricedAs = 'perplexity';
}

/** Of one's own machines: where they listen by default. */
@Injectable()
@AiProvider('vllm')
export class VllmProvider extends OpenAiCompatibleProvider {
  readonly baseUrl = 'http://localhost:8000/v1';
}

@Injectable()
@AiProvider('llama_cpp')
export class LlamaCppProvider extends OpenAiCompatibleProvider {
  readonly baseUrl = 'http://localhost:8080/v1';
}

export const PRESETS = [
  GroqProvider,
  TogetherProvider,
  DeepSeekProvider,
  XaiProvider,
  OpenRouterProvider,
  PerplexityProvider,
  OllamaProvider,
  VllmProvider,
  LlamaCppProvider,
];
