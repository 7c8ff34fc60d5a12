import { calcPrice } from '@pydantic/genai-prices';

/**
 * The context window of a model, as the table of prices has it.
 * @param pricedAs what the provider is called there
 * @returns tokens; undefined where it does not know
 */
export function knownWindow(pricedAs: string | undefined, model: string): number | undefined {
  if (pricedAs === undefined) return undefined;
  return calcPrice({}, model, { providerId: pricedAs })?.model.context_window;
}
