import { Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ConsumersModule } from '../consumers/consumers.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AiRoutes } from './ai-routes.service.js';
import { AbandonedReservations } from './budgets/abandoned-reservations.service.js';
import { AiBudgetKind } from './budgets/ai-budget.kind.js';
import { AiBudgets } from './budgets/ai-budgets.service.js';
import { AlertWebhooks } from './budgets/alert-webhooks.service.js';
import { BudgetAlerts } from './budgets/budget-alerts.service.js';
import { BudgetSpendingController } from './budgets/budget-spending.controller.js';
import { BudgetSpending } from './budgets/budget-spending.service.js';
import { OwnBudgetsController } from './budgets/own-budgets.controller.js';
import { AiCacheController } from './cache/ai-cache.controller.js';
import { AiCaches } from './cache/ai-caches.service.js';
import { Reservations } from './budgets/reservations.service.js';
import { SealedAnswers } from './cache/sealed-answers.service.js';
import { BuiltInEmbedder } from './cache/semantic/built-in-embedder.service.js';
import { AiContentsController } from './contents/ai-contents.controller.js';
import { AiContentsReader } from './contents/ai-contents-reader.service.js';
import { AiContentsRetention } from './contents/ai-contents-retention.service.js';
import { AiContents } from './contents/ai-contents.service.js';
import { AiGuardrailKind } from './guardrails/ai-guardrail.kind.js';
import { AiGuardrails } from './guardrails/ai-guardrails.service.js';
import { AiGuardrailTypes } from './guardrails/ai-guardrail-types.service.js';
import { GUARDRAILS } from './guardrails/types/built-in.js';
import { AiFiles } from './files/ai-files.service.js';
import { KeptObjects } from './files/kept-objects.service.js';
import { AiModelKind } from './models/ai-model.kind.js';
import { AiModels } from './models/ai-models.service.js';
import { AiPromptKind } from './prompts/ai-prompt.kind.js';
import { AiPromptsController } from './prompts/ai-prompts.controller.js';
import { AiPrompts } from './prompts/ai-prompts.service.js';
import { AiProviderKind } from './providers/ai-provider.kind.js';
import { AiProviderTypes } from './providers/ai-provider-types.service.js';
import { AiProviders } from './providers/ai-providers.service.js';
import { AccessTokens } from './providers/credentials/access-tokens.service.js';
import { AnthropicProvider } from './providers/anthropic.provider.js';
import { AzureOpenAiProvider } from './providers/azure-openai.provider.js';
import { BedrockProvider } from './providers/bedrock.provider.js';
import { CohereProvider } from './providers/cohere.provider.js';
import { GeminiProvider } from './providers/gemini.provider.js';
import { MistralProvider } from './providers/mistral.provider.js';
import { OpenAiCompatibleProvider } from './providers/openai-compatible.provider.js';
import { OpenAiProvider } from './providers/openai.provider.js';
import { PRESETS } from './providers/presets.js';
import { VertexProvider } from './providers/vertex.provider.js';
import { AiCallObservers } from './records/ai-call-observer.js';
import { AiKeyUses } from './records/ai-key-uses.service.js';
import { AiMetrics } from './records/ai-metrics.js';
import { AiTeamMetrics } from './records/ai-team-metrics.js';
import { AiTelemetry } from './records/ai-telemetry.js';
import { AiUsageWriter } from './records/ai-usage-writer.service.js';

/** AI models behind routes: providers, their keys, and who answers for which model. */
@Global()
@Module({
  imports: [DiscoveryModule, ConsumersModule, UsageModule],
  controllers: [
    AiCacheController,
    AiContentsController,
    AiPromptsController,
    BudgetSpendingController,
    OwnBudgetsController,
  ],
  providers: [
    AccessTokens,
    AbandonedReservations,
    AiBudgetKind,
    AiBudgets,
    AiCaches,
    AiCallObservers,
    AiContents,
    AiContentsReader,
    AiContentsRetention,
    AlertWebhooks,
    BudgetAlerts,
    BudgetSpending,
    AiGuardrailKind,
    AiGuardrails,
    AiGuardrailTypes,
    AiFiles,
    AiKeyUses,
    AiMetrics,
    KeptObjects,
    AiModelKind,
    AiModels,
    AiPromptKind,
    AiPrompts,
    AiProviderKind,
    AiProviders,
    AiProviderTypes,
    AiRoutes,
    AiTeamMetrics,
    AiTelemetry,
    AiUsageWriter,
    AnthropicProvider,
    BuiltInEmbedder,
    AzureOpenAiProvider,
    BedrockProvider,
    CohereProvider,
    GeminiProvider,
    SealedAnswers,
    MistralProvider,
    OpenAiCompatibleProvider,
    OpenAiProvider,
    VertexProvider,
    Reservations,
    ...GUARDRAILS,
    ...PRESETS,
  ],
  exports: [AiBudgets, AiKeyUses, AiRoutes, BudgetSpending],
})
export class AiModule {}
